/** The store that parity data was recorded of, unpacked below a root of its own. */
import { chmodSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { streamBytes } from "../../../src/bytes/stream.ts";
import { readTar } from "../../../src/tar/mod.ts";
import { collected } from "./bytes.ts";

const GOLDEN = new URL("../../golden/nix/", import.meta.url);

/** A file of golden data. */
// deno-lint-ignore no-explicit-any
export function golden(name: string): any {
  return JSON.parse(readFileSync(new URL(name, GOLDEN), "utf8"));
}

/** Unpacks the store below the folder, which is its root then. */
export async function unpackStore(root: string): Promise<void> {
  const folders: [path: string, mode: number][] = [];
  for await (
    const { entry, data } of readTar(streamBytes(readFileSync(new URL("store.tar", GOLDEN))))
  ) {
    const path = join(root, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if (entry.type === "directory") {
      mkdirSync(path, { recursive: true });
      folders.push([path, entry.mode]);
    } else if (entry.type === "symlink") symlinkSync(entry.linkpath, path);
    else if (entry.type === "hardlink") linkSync(join(root, entry.linkpath), path);
    else {
      writeFileSync(path, await collected(data));
      chmodSync(path, entry.mode);
    }
  }
  for (const [path, mode] of folders.reverse()) chmodSync(path, mode);
}
