/** Files in `/etc` that a SPEC asks for, in NixOS's words. */
import { lstatSync, statSync } from "node:fs";
import { posix } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { readLink, readStat } from "../../recipe/files.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import {
  findGroupAccount,
  findUserAccount,
  type ResolvedAccounts,
} from "../../services/accounts/mod.ts";
import { listFolder } from "../farm/folder.ts";
import type { SpecPaths } from "../paths.ts";

/** A file that is wanted in `/etc`. */
export interface EtcFile {
  /** The field that asks for it: `etc.motd`. */
  readonly at: string;
  /** Its place in the image. */
  readonly place: string;
  readonly text: string | undefined;
  /** The absolute path of what is copied, or of a store path's file that is linked. */
  readonly source: string | undefined;
  /** Permission bits; `undefined` where nothing says, so that a file of the store is linked. */
  readonly mode: number | undefined;
  /** Names, or IDs in digits, which may begin with `+`. */
  readonly user: string;
  readonly group: string;
}

/**
 * Makes the entries of a file: one, or for a folder that is in no store all that is in it.
 * @param accounts in which owners are looked up.
 * @throws NixociError `USAGE`, with the field, for owners that nobody is; `NOT_FOUND` and `IO` of
 * sources.
 */
export function makeEtcFile(
  file: EtcFile,
  accounts: ResolvedAccounts,
  paths: SpecPaths,
): MadeEntry[] {
  const { at, place: path, text, source, mode } = file;
  const owner = { uid: ownerOf(file, "user", accounts), gid: ownerOf(file, "group", accounts) };
  if (text !== undefined) {
    return [{ type: "file", path, content: text, mode: mode ?? 0o644, ...owner }];
  }
  if (paths.storePathOf(source!) !== undefined) {
    const disk = diskRootOf(source!, paths) + source;
    checkThere(disk, `${at}.source`);
    if (mode === undefined) return [{ type: "symlink", path, target: source! }];
    if (readSourceStat(disk, `${at}.source`).isDirectory()) throw folderError(at);
    return [{ type: "file", path, content: { file: source! }, mode, ...owner }];
  }
  checkThere(source!, `${at}.source`);
  return copyFile(source!, path, mode, owner, at);
}

function copyFile(
  disk: string,
  path: string,
  mode: number | undefined,
  owner: { readonly uid: number; readonly gid: number },
  at: string,
): MadeEntry[] {
  const stat = readStat(disk);
  if (stat.type === "symlink") return [{ type: "symlink", path, target: readLink(disk), ...owner }];
  if (stat.type === "file") {
    return [{ type: "file", path, content: { file: disk }, mode: mode ?? stat.mode, ...owner }];
  }
  if (mode !== undefined) throw folderError(at);
  return [
    { type: "directory", path, mode: stat.mode, ...owner },
    ...listFolder(disk).flatMap(([name]) =>
      copyFile(`${disk}/${name}`, posix.join(path, name), undefined, owner, at)
    ),
  ];
}

function ownerOf(file: EtcFile, field: "user" | "group", accounts: ResolvedAccounts): number {
  const word = file[field];
  const [, digits] = /^\+?(\d{1,10})$/.exec(word) ?? [];
  if (digits !== undefined) return Number(digits);
  const id = field === "user"
    ? findUserAccount(accounts, word)?.uid
    : findGroupAccount(accounts, word)?.gid;
  if (id !== undefined) return id;
  // Engines need no entry for it.
  if (word === "root") return 0;
  throw new NixociError("USAGE", `${file.at}.${field}: the image has no ${field} ${word}`, {
    hint: `add it to ${field}s of the SPEC, or give a number`,
  });
}

function checkThere(disk: string, at: string): void {
  try {
    lstatSync(disk);
  } catch (error) {
    if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw wrapError(error, at);
    throw new NixociError("NOT_FOUND", `${at}: there is no ${disk}`, {
      hint: "name a file beside the SPEC, or one in a store path",
    });
  }
}

function readSourceStat(disk: string, at: string) {
  try {
    return statSync(disk);
  } catch (error) {
    throw wrapError(error, at);
  }
}

function folderError(at: string): NixociError {
  return new NixociError("USAGE", `${at}.mode: the source is a folder, whose files have modes`, {
    hint: "leave mode out",
  });
}
