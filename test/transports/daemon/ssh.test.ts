/** Engines that SSH leads to: a stand-in for ssh runs its words here. */
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execPath } from "node:process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { parseSshTarget } from "../../../transports/daemon/ssh.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { RUN } from "../../cli/run.ts";
import { startFakeEngine } from "../../support/fake-engine.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { image, sourceOf } from "../../support/images.ts";

let folder: string;

/** Puts a program into the PATH, which goes before those of the machine. */
async function place(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), script);
  await chmod(join(folder, name), 0o755);
}

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder, "tmp"));
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"]}`);
  vi.stubEnv("TMPDIR", join(folder, "tmp"));
  // Notes its words, and runs the last of them as the other machine's shell does.
  const all = `printf '%s\\n' "$@" > '${folder}/words'\nfor last; do :; done\nexec sh -c "$last"\n`;
  await place("ssh", `#!/bin/sh\n${all}`);
  await writeFile(
    join(folder, "dial.mjs"),
    `import net from "node:net";
const socket = net.connect(${JSON.stringify(join(folder, "e.sock"))});
process.stdin.pipe(socket);
socket.pipe(process.stdout);`,
  );
  const dial = [execPath, ...RUN, join(folder, "dial.mjs")].map((word) => `'${word}'`).join(" ");
  const note = `printf '%s ' "\${0##*/}" "$@" > '${folder}/called'`;
  for (const name of ["docker", "podman"]) {
    await place(name, `#!/bin/sh\n${note}\nexec ${dial}\n`);
  }
});
afterEach(() => void vi.unstubAllEnvs());

const called = async () => (await readFile(join(folder, "called"), "utf8")).trim();

describe("an engine by SSH", () => {
  it("is loaded into and read from", async () => {
    await startFakeEngine({ socketPath: join(folder, "e.sock") });
    const host = "ssh://me@build.example:2222";
    const root = await image();
    {
      await using to = await openSink("daemon:app:1", { host });
      await copy(sourceOf({ root }), to);
    }
    await using from = await openSource("daemon:app:1", { host });
    const found = await from.resolve();
    expect(found.kind === "image" && found.config.descriptor.digest)
      .toBe(root.config.descriptor.digest);
    expect((await readFile(join(folder, "words"), "utf8")).split("\n").slice(0, 8)).toEqual(
      ["-l", "me", "-p", "2222", "-o", "ConnectTimeout=30", "-T", "--"],
    );
    expect(await called()).toBe("docker system dial-stdio");
  });

  it.each([
    ["daemon", "ssh://h/run/it's.sock", "docker --host unix:///run/it's.sock system dial-stdio"],
    ["podman", "ssh://h/run/p.sock", "podman --url unix:///run/p.sock system dial-stdio"],
    ["podman", "ssh://h", "podman system dial-stdio"],
  ])("%s: at %s is asked for there", async (scheme, host, words) => {
    await startFakeEngine({ socketPath: join(folder, "e.sock") });
    await using _ = await openSink(`${scheme}:app:1`, { host });
    expect(await called()).toBe(words);
  });

  it("that cannot be reached fails with what ssh says", async () => {
    await place("ssh", "#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n");
    await expect(openSource("daemon:app:1", { host: "ssh://me@h" })).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining("ssh to me@h: Host key verification failed."),
      hint: "see whether this works: ssh me@h docker system dial-stdio",
    });
  });

  it("leaves nothing behind", async () => {
    await startFakeEngine({ socketPath: join(folder, "e.sock") });
    {
      await using _ = await openSink("daemon:app:1", { host: "ssh://h" });
    }
    expect((await readdir(join(folder, "tmp"))).filter((name) => name.includes("ssh"))).toEqual([]);
  });
});

describe("an address by SSH", () => {
  it.each([
    ["ssh://h", { host: "h" }],
    ["ssh://me@h:22/a/b", { host: "h", user: "me", port: "22", socketPath: "/a/b" }],
    ["ssh://me@[::1]:22", { host: "::1", user: "me", port: "22" }],
  ])("%s", (text, target) => {
    const given = Object.entries(parseSshTarget(text) ?? {}).filter(([, value]) => value);
    expect(Object.fromEntries(given)).toEqual(target);
  });

  it.each([
    "ssh://",
    "ssh://-x",
    "ssh://-l@h",
    "ssh://a:b@h",
    "ssh://h?q",
    "ssh://h#f",
    "http://h",
  ])(
    "%s leads nowhere",
    (text) => expect(parseSshTarget(text)).toBeUndefined(),
  );
});
