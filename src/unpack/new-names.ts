/** Makes files and folders where there is nothing yet, if the system takes their names. */
import { constants, mkdirSync, openSync } from "node:fs";
import { isSystemError } from "../base/errors.ts";

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL |
  (constants.O_NOFOLLOW ?? 0);

/** Opens a new file to write to it; `undefined` where there is something, or can be nothing. */
export function openIfNew(path: string, mode: number): number | undefined {
  return makeUnlessRefused(() => openSync(path, NEW, mode));
}

/** Makes a folder of ours; `false` where there is something, or can be nothing. */
export function makeIfNew(path: string): boolean {
  return makeUnlessRefused(() => {
    mkdirSync(path, 0o700);
    return true;
  }) ?? false;
}

function makeUnlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (isSystemError(error, ...REFUSED)) return undefined;
    throw error;
  }
}

const REFUSED = ["EEXIST", "ENOTDIR", "ENAMETOOLONG", "EINVAL", "EILSEQ"];
