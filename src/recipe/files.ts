/** Files of a store, read with few and synchronous calls: trees have thousands of small files. */
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { Buffer } from "node:buffer";
import { isSystemError, NixociError, wrapError } from "../base/errors.ts";
import { decodeName, encodeName, quoteName } from "../tar/name.ts";
import { listNames, readTarget } from "../nix/store/disk.ts";

/** A file, as far as a layer has to know it. */
export interface FileStat {
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits, set-user-ID and its like. */
  readonly mode: number;
  /** In bytes; 0 for all but files. */
  readonly size: number;
}

/** The sign that the decoder of UTF-8 puts in the place of bytes that are not UTF-8. */
const REPLACED = "\ufffd";

/** Returns a path as the file system takes it. Paths are as `decodeName` gives them. */
export function diskPathOf(path: string): string | Buffer {
  return path.isWellFormed() ? path : encodeName(path);
}

/**
 * Reads what lies at a path itself.
 * @throws NixociError `NOT_FOUND`, `IO`; `UNSUPPORTED` for devices, FIFOs and sockets.
 */
export function readStat(path: string): FileStat {
  let stat: Stats;
  try {
    stat = lstatSync(diskPathOf(path));
  } catch (error) {
    throw isSystemError(error, "ENOENT", "ENOTDIR")
      ? notFoundError(path, error)
      : wrapError(error, `Cannot read ${quoteName(path)}`);
  }
  const mode = stat.mode & 0o7777;
  if (stat.isFile()) return { type: "file", mode, size: stat.size };
  if (stat.isDirectory()) return { type: "directory", mode, size: 0 };
  // Some systems give links a mode; on Linux all have this one.
  if (stat.isSymbolicLink()) return { type: "symlink", mode: 0o777, size: 0 };
  const what = `Cannot put ${quoteName(path)} into a layer: it is a device, FIFO or socket`;
  throw new NixociError("UNSUPPORTED", what, { hint: "layers hold files, folders and links" });
}

function notFoundError(path: string, cause: unknown): NixociError {
  const what = `Cannot read ${quoteName(path)}: it is not there`;
  return new NixociError("NOT_FOUND", what, {
    cause,
    hint:
      "build or fetch it (nix-store --realise), or name the store's root if it has one (--store)",
  });
}

/** Reads the names in a folder, in any order. Throws as {@link listNames} does. */
export function readNames(folder: string): string[] {
  const path = diskPathOf(folder);
  try {
    const names = readdirSync(path as string);
    if (!names.some((name) => name.includes(REPLACED))) return names;
  } catch (error) {
    throw wrapError(error, `Cannot list ${quoteName(folder)}`);
  }
  return listNames(Buffer.from(path as string)).map(decodeName);
}

/** Reads where a link leads, as it says. Throws as {@link readTarget} does. */
export function readLink(path: string): string {
  try {
    const target = readlinkSync(diskPathOf(path));
    if (!target.includes(REPLACED)) return target;
  } catch (error) {
    throw wrapError(error, `Cannot read the link ${quoteName(path)}`);
  }
  return decodeName(readTarget(Buffer.from(diskPathOf(path) as string)));
}
