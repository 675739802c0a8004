/** Ends a command on a copy: finds what is gone, and stops what still runs. */
import { existsSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { splitTreePath } from "../tree/path.ts";
import { isOnDisk, type TreeIndex } from "../tree/tree-entry.ts";
import type { Written, WrittenFile } from "./written.ts";

/** Adds marks for the files of the base that the copy does not have any more. */
export function addGone(written: Written, base: TreeIndex): Written {
  const files = new Map(written.files);
  for (const [path, entry] of base) {
    if (written.files.has(path) || !isOnDisk(entry)) continue;
    const [above] = splitTreePath(path);
    // What lay below something that is gone, or is not a folder now, goes with it.
    if (written.files.get(above)?.type === "directory") files.set(path, makeGone(path));
  }
  return { ...written, files };
}

function makeGone(path: string): WrittenFile {
  return {
    path,
    type: "char",
    linkTo: undefined,
    linkpath: "",
    size: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    mtime: 0n,
    devmajor: 0,
    devminor: 0,
    xattrs: new Map(),
    isGone: true,
    isOpaque: false,
    offset: 0,
  };
}

/** Ends all processes whose root is the folder: without a namespace, nothing else does. */
export function stopWithin(folder: string): void {
  if (!existsSync(folder)) return;
  const root = realpathSync(folder); // as the system has it, whatever links the cache is behind
  for (let tries = 0; tries < 20; tries++) {
    const left = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && rootOf(pid) === root);
    if (left.length === 0) return;
    for (const pid of left) stopProcess(Number(pid));
  }
}

function rootOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return undefined;
  }
}

function stopProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}
