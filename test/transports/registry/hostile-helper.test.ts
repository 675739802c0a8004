import { chmod, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import { getFromHelper, putInHelper } from "../../../transports/registry/auth/helper.ts";
import type { World } from "../../../transports/registry/world.ts";
import { SECRET, worldWith, write } from "./credentials.ts";

/** Surroundings with the helper `bad`, which does this. */
async function worldOf(script: string, mode = 0o755): Promise<World & { home: string }> {
  const world = await worldWith();
  const path = join(world.home, "bin/docker-credential-bad");
  await write(path, `#!/bin/sh\ncd "${world.home}"\n${script}`);
  await chmod(path, mode);
  return world;
}

const ANSWER = `echo '{"Username":"me","Secret":"${SECRET}"}'`;
// A child that lives on and keeps the pipe open; who they are is written down.
const CHILD = "sleep 600 & echo $$ $! > pids";

/** Whether the process has ended; one that nobody has waited for yet has, too. */
async function hasEnded(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /\) [ZX] /.test(stat);
}

async function pidsIn(world: { home: string }): Promise<number[]> {
  return await vi.waitFor(async () => {
    const pids = (await readFile(join(world.home, "pids"), "utf8")).trim().split(" ").map(Number);
    expect(pids).toHaveLength(2);
    return pids;
  }, { timeout: 60_000 });
}

async function expectEnded(pids: readonly number[]): Promise<void> {
  await vi.waitFor(async () => {
    for (const pid of pids) expect(await hasEnded(pid)).toBe(true);
  }, { timeout: 60_000 });
}

describe.skipIf(process.platform === "win32")("a credential helper", () => {
  it("that says too much is ended, with its children", async () => {
    const world = await worldOf(`${CHILD}\nwhile :; do echo 0123456789012345678901234567890; done`);
    await expect(getFromHelper("bad", "a.com", world)).rejects.toMatchObject({
      code: "LIMIT",
      message: expect.stringContaining("docker-credential-bad"),
    });
    await expectEnded(await pidsIn(world));
  });

  it("that leaves a child behind has answered when it ends", async () => {
    const world = await worldOf(`${CHILD}\n${ANSWER}`);
    expect(await getFromHelper("bad", "a.com", world)).toMatchObject({ password: SECRET });
    const [, child = 0] = await pidsIn(world);
    expect(await hasEnded(child)).toBe(false); // an agent of the user's, perhaps
    process.kill(child, "SIGKILL");
  });

  it("that does not answer is ended in the end", async () => {
    const world = { ...await worldOf(`${CHILD}\nwait`), helperPatience: 500 };
    await expect(getFromHelper("bad", "a.com", world)).rejects.toMatchObject({
      code: "AUTH",
      message: expect.stringContaining("docker-credential-bad takes longer than 0.5 s"),
    });
    await expectEnded(await pidsIn(world));
  });

  it("is ended when the user has had enough", async () => {
    const world = await worldOf(`${CHILD}\nwait`);
    const stop = new AbortController();
    const asking = getFromHelper("bad", "a.com", world, stop.signal).catch((error) => error);
    const pids = await pidsIn(world);
    stop.abort(new Error("enough"));
    expect(await asking).toMatchObject({ message: "enough" });
    await expectEnded(pids);
    await expect(getFromHelper("bad", "a.com", world, stop.signal)).rejects.toThrow("enough");
  });

  it("that cannot be run is named", async () => {
    const world = await worldOf(ANSWER, 0o644);
    const only = { ...world, env: { PATH: join(world.home, "bin") } };
    await expect(getFromHelper("bad", "a.com", only)).rejects.toThrow(
      /docker-credential-bad.*(permission denied|not installed)/, // the latter on Deno
    );
  });

  it("gives all that it has said, also in pieces", async () => {
    const world = await worldOf(
      `printf '{"Username":"me",'; sleep 0.1; printf '"Secret":"${"x".repeat(60_000)}"}'`,
    );
    const found = await getFromHelper("bad", "a.com", world);
    expect(found).toMatchObject({ password: "x".repeat(60_000) });
  });

  it("that repeats the secret is not quoted with it", async () => {
    const world = await worldOf("cat; exit 1");
    const entry = { server: "a.com", username: "me", secret: SECRET };
    const error = await putInHelper("bad", entry, world).catch((error) => error);
    expect(error.message).toContain(`docker-credential-bad fails: {"ServerURL":"a.com"`);
    expect(error.message).not.toContain(SECRET);
  });
});
