/** What commands see of this machine where nothing can be mounted, and that nothing of it stays. */
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SharedFolder } from "../../src/sandbox/mod.ts";

/** A program that refuses namespaces is found first: by whom the sandbox's programs are run, from now on. */
const fake = await vi.hoisted(async () => {
  const { mkdtempSync, writeFileSync } = await import("node:fs");
  const folder = mkdtempSync("/tmp/nixoci-no-unshare-");
  writeFileSync(`${folder}/unshare`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  process.env["PATH"] = `${folder}:${process.env["PATH"]}`;
  return folder;
});

const { busyboxLayer, CANNOT_RUN, describeEntries, disposeCache, folder: folderOf, runOn } =
  await import("./support.ts");

const notices: string[] = [];
const onNotice = ({ message }: { readonly message: string }) => void notices.push(message);

let shared: string;

beforeAll(async () => {
  shared = join(fake, "store");
  await mkdir(join(shared, "one/sub"), { recursive: true });
  await writeFile(join(shared, "one/sub/file"), "one\n");
  await writeFile(join(shared, "two"), "two\n");
  await mkdir(join(shared, "three"));
  await chmod(join(shared, "one/sub"), 0o555);
});

afterAll(async () => {
  await disposeCache();
  await rm(fake, { recursive: true });
});

async function run(script: string, shares: readonly SharedFolder[], at = "/") {
  const line = ["/bin/sh", "-ec", script];
  const argv = at === "/" ? line : [`${at}/bin/sh`, "-ec", script];
  const path = at === "/" ? "/bin" : `${at}/bin`;
  const layers = [await busyboxLayer([folderOf("own"), { path: "own/file", data: "own\n" }])];
  const { entries, printed } = await runOn(layers, { argv, env: [`PATH=${path}`], shares, at }, {
    onNotice,
  });
  return { lines: describeEntries(entries), printed };
}

describe.skipIf(CANNOT_RUN || process.getuid?.() !== 0)("shares of a command in chroot", () => {
  const store = (): SharedFolder => ({ from: shared, at: "/nix/store" });

  it("are copied, and neither they nor the folders made for them are in the layer", async () => {
    const script = "cat /nix/store/one/sub/file /nix/store/two; echo x > /data/new";
    const { lines, printed } = await run(script, [store()]);
    expect(printed).toBe("one\ntwo\n");
    expect(lines).toEqual(["755 0:0 data/", "644 0:0 data/new"]);
    expect(notices.join()).toContain(
      "runs in chroot, on a copy: it sees no /proc, has the network",
    );
  });

  it("are only what is needed, where that is known", async () => {
    const listNeeded = async () =>
      ["one", "two"].map((name) => ({ from: join(shared, name), at: `/nix/store/${name}` }));
    const { lines, printed } = await run("ls /nix/store; cp /nix/store/two /copy", [
      { ...store(), listNeeded },
    ]);
    expect(printed).toBe("one\ntwo\n");
    expect(lines).toEqual(["644 0:0 copy"]);
  });

  it("hide what lies there, which stays as it was", async () => {
    const { lines, printed } = await run("ls /own; echo x > /x", [
      { from: shared, at: "/own" },
    ]);
    expect(printed).toBe("one\nthree\ntwo\n");
    expect(lines).toEqual(["644 0:0 x"]);
  });

  it.each([
    ["written to", "echo x >> /nix/store/two", "/nix/store/two"],
    ["added to", "mkdir /nix/store/three/x", "/nix/store/three"],
    ["removed", "rm -r /nix", "/nix/store"],
    ["joined by another", "touch /nix/store/x", "/nix/store/x", ["two"]],
  ])("may not be %s, for that would be lost", async (_, script, path, needed?: string[]) => {
    const printed: string[] = [];
    const listNeeded = async () =>
      needed!.map((name) => ({ from: join(shared, name), at: `/nix/store/${name}` }));
    const shares = [{ ...store(), ...needed && { listNeeded } }];
    const command = { argv: ["/bin/sh", "-ec", script], env: ["PATH=/bin"], shares };
    const onOutput = (bytes: Uint8Array) => void printed.push(Buffer.from(bytes).toString());
    await expect(runOn([await busyboxLayer()], command, { onOutput })).rejects
      .toMatchObject({ code: "FAILED", message: "exit status 1" });
    expect(printed.join("")).toContain(`nixoci: ${path} was written to`);
  });

  it("are beside a tree that is not the root", async () => {
    const { lines, printed } = await run(
      "cat /nix/store/two; echo x > /layer/x",
      [store()],
      "/layer",
    );
    expect(printed).toBe("two\n");
    expect(lines).toEqual(["644 0:0 x"]);
  });

  it("touch nothing of this machine where the command has made links", async () => {
    const script = `rm -r /nix /own; ln -s ${shared} /nix; mkdir -p ${shared}/store; echo > /x`;
    const { lines } = await run(script, [store()]);
    expect(lines).toContain(`777 0:0 nix symlink ${shared}`);
    expect((await run("ls /nix/store", [store()])).printed).toBe("one\nthree\ntwo\n");
  });
});
