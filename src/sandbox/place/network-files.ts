/** The files by which programs find names in this machine's network: lent to a command that has it. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { SandboxCommand } from "../command.ts";
import { type FindEntry, followEntry } from "../tree/follow.ts";
import { MOUNTED } from "./mounted.ts";

const NAMES = ["resolv.conf", "hosts"];

/** A file that a command finds, and that is never in its layer. */
export interface LentFile {
  /** Its name in the folder of the run. */
  readonly name: string;
  /** The path at which the command sees it: without links, and without a slash before it. */
  readonly at: string;
  /** The tree has the file, but nothing is in it. */
  readonly isThere: boolean;
}

/** Lends the files of `/etc` that the tree does not have, or has empty, to a folder of a run. */
export function lendNetworkFiles(
  { network, at = "/", rooms = [] }: SandboxCommand,
  find: FindEntry,
  folder: string,
): LentFile[] {
  if (network !== true) return [];
  const hidden = [...MOUNTED.map((name) => `/${name}`), ...rooms];
  return NAMES.flatMap((name) => {
    const place = at === "/" ? followEntry(find, `etc/${name}`) : `etc/${name}`;
    const there = at === "/" ? find(place) : undefined;
    const isFree = there === undefined || (there.type === "file" && there.size === 0);
    if (!isFree || !hasFolders(place, at === "/" ? find : () => undefined)) return [];
    if (hidden.some((one) => `/${place}`.startsWith(`${one}/`))) return [];
    return lendFile(name, folder) ? [{ name, at: place, isThere: there !== undefined }] : [];
  });
}

/** Tells whether the folders above a path are folders, or can be made. */
function hasFolders(path: string, find: FindEntry): boolean {
  const above = dirname(path);
  if (above === ".") return true;
  return (find(above)?.type ?? "directory") === "directory" && hasFolders(above, find);
}

/** Copies a file, so that what the command writes to it does not reach the machine's. */
function lendFile(name: string, folder: string): boolean {
  try {
    writeFileSync(join(folder, name), readFileSync(`/etc/${name}`));
    chmodSync(join(folder, name), 0o644);
    return true;
  } catch {
    return false; // the machine has none that we can read
  }
}
