/** Real Nix stores in folders: files below `ROOT/nix/store`, and Nix's own database of them. */
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatNix32 } from "../../../src/nix/formats/nix32.ts";
import { run, runBytes } from "./command.ts";

/** A store below a folder of its own; its paths are `/nix/store/…` all the same. */
export interface NixStore {
  /** What `--store` names. */
  readonly root: string;
  /** Runs `nix-store` on it. */
  nixStore(...args: string[]): Promise<string>;
  /** Where a store path really lies. */
  real(path: string): string;
  /**
   * Puts into the store what `write` makes at a real path. What it refers to is found as Nix finds
   * it: the hashes of the inputs, and its own, that occur in it.
   * @param inputs store paths that it may refer to.
   * @returns its store path, which depends on the name and the inputs alone.
   */
  add(
    name: string,
    inputs: readonly string[],
    write: (real: string, path: string) => Promise<void>,
  ): Promise<string>;
  /** Makes Nix know all paths that were added. */
  register(): Promise<void>;
}

/** An empty store. `nix-store` must be installed; root is needed to have it own the files. */
export async function makeNixStore(root: string): Promise<NixStore> {
  await mkdir(join(root, "nix/store"), { recursive: true });
  const registrations: string[] = [];
  const nixStore = (...args: string[]) => run(["nix-store", "--store", root, ...args]);
  const real = (path: string) => join(root, path);
  return {
    root,
    nixStore,
    real,
    async add(name, inputs, write) {
      const path = pathFor(name, inputs);
      await write(real(path), path);
      await settle(real(path));
      registrations.push(await registration(path, real(path), inputs));
      return path;
    },
    async register() {
      const input = registrations.splice(0).join("");
      await run(["nix-store", "--store", root, "--load-db"], { input });
    },
  };
}

/** What a small store holds, for images that run. */
export interface SmallStore extends NixStore {
  /** A static busybox with `bin/busybox` and `bin/sh`; it refers to nothing. */
  readonly busybox: string;
  /** Data, and a link to busybox: refers to busybox and to itself. */
  readonly data: string;
  /** `bin/hello`, a script that prints `hello from data`; refers to busybox and data. */
  readonly hello: string;
}

/** A store of three paths; `bin/hello` of one of them runs in an image that has all three. */
export async function makeSmallStore(root: string): Promise<SmallStore> {
  const store = await makeNixStore(root);
  const program = (await run(["sh", "-c", "command -v busybox"])).trim();
  const busybox = await store.add("busybox-static", [], async (real) => {
    await mkdir(join(real, "bin"), { recursive: true });
    await copyFile(await realpath(program), join(real, "bin/busybox"));
    for (const name of ["sh", "cat"]) await symlink("busybox", join(real, "bin", name));
  });
  const data = await store.add("data", [busybox], async (real, path) => {
    await mkdir(join(real, "share/empty"), { recursive: true });
    await writeFile(join(real, "share/message"), "hello from data\n");
    await writeFile(join(real, "share/paths"), `${path}\n${busybox}\n`);
    await symlink(`${busybox}/bin/sh`, join(real, "share/sh"));
  });
  const hello = await store.add("hello-1.0", [busybox, data], async (real) => {
    await mkdir(join(real, "bin"), { recursive: true });
    const script = `#!${busybox}/bin/sh\nexec ${busybox}/bin/cat ${data}/share/message\n`;
    await writeFile(join(real, "bin/hello"), script);
    await chmod(join(real, "bin/hello"), 0o755);
  });
  await store.register();
  return { ...store, busybox, data, hello };
}

/** Removes a store, whose folders are read-only. */
export async function removeNixStore(root: string): Promise<void> {
  await run(["chmod", "-R", "u+w", root]);
  await rm(root, { recursive: true });
}

/** An input-addressed path: the same for the same name and inputs. */
function pathFor(name: string, inputs: readonly string[]): string {
  const hash = createHash("sha256").update([name, ...inputs].join("\n")).digest();
  return `/nix/store/${formatNix32(hash.subarray(0, 20))}-${name}`;
}

/** As Nix leaves what it has built: nobody may write, and the time is 1. */
async function settle(real: string): Promise<void> {
  await run(["find", real, "!", "-type", "l", "-exec", "chmod", "a-w,a+rX", "{}", "+"]);
  await run(["find", real, "-exec", "touch", "--no-dereference", "--date=@1", "{}", "+"]);
}

function hashIn(path: string): string {
  return path.slice("/nix/store/".length).slice(0, 32);
}

/** What `nix-store --load-db` reads; hash and size are of Nix's own archive, not of ours. */
async function registration(
  path: string,
  real: string,
  inputs: readonly string[],
): Promise<string> {
  const archive = await runBytes(["nix-store", "--dump", real]);
  const references = [path, ...inputs].filter((each) => archive.includes(hashIn(each)));
  const hash = createHash("sha256").update(archive).digest("hex");
  const lines = [path, hash, archive.length, "", references.length, ...references.sort()];
  return `${lines.join("\n")}\n`;
}
