/** Folders, as a farm of links is made of them. */
import { type Dirent, readdirSync } from "node:fs";
import { diskPathOf, readNames, readStat } from "../../recipe/files.ts";
import { sortByBytes } from "../../recipe/order.ts";

/** A name in a folder, and what it names: a file may be a device, for all is linked alike. */
export type FolderEntry = readonly [name: string, type: "file" | "directory" | "symlink"];

/** Folders that lndir passes over, at every depth; files of these names it links. */
const PASSED_OVER = new Set(["BitKeeper", "RCS", "SCCS", "CVS", "CVS.adm", ".svn"]);

/**
 * Lists what a farm takes of a folder, sorted by bytes: not what ends in `~`, nor folders of version
 * control.
 * @throws NixociError `NOT_FOUND`, `IO`.
 * @see https://gitlab.freedesktop.org/xorg/util/lndir/-/blob/master/lndir.c
 */
export function listFolder(folder: string): readonly FolderEntry[] {
  return sortByBytes(readEntries(folder).filter(isFarmed));
}

function isFarmed([name, type]: FolderEntry): boolean {
  return !name.endsWith("~") && !(type === "directory" && PASSED_OVER.has(name));
}

/** Reads the names in a folder with their types, in one call where the system knows these. */
function readEntries(folder: string): FolderEntry[] {
  return readTyped(folder)?.map((entry) => [entry.name, typeOf(entry)]) ??
    readNames(folder).map((name) => [name, readStat(`${folder}/${name}`).type]);
}

/** Reads a folder; nothing of one with a name that is not UTF-8, or with types that nobody knows. */
function readTyped(folder: string): Dirent[] | undefined {
  try {
    const entries = readdirSync(diskPathOf(folder) as string, { withFileTypes: true });
    return entries.every((one) => isKnown(one) && !one.name.includes("\ufffd"))
      ? entries
      : undefined;
  } catch {
    return undefined; // who reads it again says so
  }
}

function isKnown(entry: Dirent): boolean {
  return entry.isFile() || entry.isDirectory() || entry.isSymbolicLink();
}

function typeOf(entry: Dirent): FolderEntry[1] {
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "file";
}
