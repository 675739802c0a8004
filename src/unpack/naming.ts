/** Makes paths for the file system of names in a tree. */
import { Buffer } from "node:buffer";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { NixociError } from "../base/errors.ts";
import { encodeName, isEscaped, quoteName } from "../tar/name.ts";

/** The way from names to paths. */
export interface Naming {
  /** The tree's directory, with a slash at its end. */
  readonly base: string;
  /**
   * Returns the path of an entry.
   * @throws NixociError `UNSUPPORTED` for a name that no file can
   * have here.
   */
  pathOf(name: string): string | Buffer;
  /** Does the same for a symbolic link's target, which is never looked at here. */
  targetOf(linkpath: string): string | Buffer;
  /** True if names that differ can be one here: `a` and `A`, or two ways to write `é`. */
  readonly folds: boolean;
}

/**
 * Creates names below `base`, which ends with a slash; `spare` is an empty directory to try things
 * in.
 */
export function createNaming(base: string, spare: string, platform = process.platform): Naming {
  let takesBytes: boolean | undefined;
  const bytesOf = (name: string): Buffer => {
    takesBytes ??= canTakeBytes(spare);
    if (!takesBytes) throw namingError(name, "Deno, or this file system,");
    return encodeName(name);
  };
  return {
    base,
    folds: canFoldNames(spare),
    pathOf(name) {
      if (platform === "win32" && isForeign(name)) throw namingError(name, "Windows");
      return isEscaped(name) ? Buffer.concat([Buffer.from(base), bytesOf(name)]) : base + name;
    },
    targetOf: (linkpath) => isEscaped(linkpath) ? bytesOf(linkpath) : linkpath,
  };
}

/**
 * Tells whether a name means something else on Windows: a drive, a stream, another separator, a
 * device.
 */
function isForeign(name: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\\:*?"<>|\u0000-\u001f]|[. ](?:\/|$)/.test(name) ||
    /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.[^/]*)?(?:\/|$)/i.test(name);
}

function canFoldNames(spare: string): boolean {
  const pairs = [["nixoci-probe", "NIXOCI-PROBE"], ["nixoci-\u00e9", "nixoci-e\u0301"]] as const;
  return pairs.some(([name, other]) => {
    writeFileSync(spare + name, "", { flag: "wx" });
    const folds = statSync(spare + other, { throwIfNoEntry: false }) !== undefined;
    rmSync(spare + name);
    return folds;
  });
}

/**
 * Tells whether file names can be any bytes. Node passes bytes on as they are; Deno replaces those
 * that are not UTF-8.
 */
function canTakeBytes(spare: string): boolean {
  const name = Buffer.from([0x70, 0xff]);
  const path = Buffer.concat([Buffer.from(spare), name]);
  try {
    writeFileSync(path, "", { flag: "wx" });
    return readdirSync(spare, { encoding: "buffer" }).some((found) => name.equals(found));
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}

function namingError(name: string, who: string): NixociError {
  return new NixociError("UNSUPPORTED", `${who} cannot name a file ${quoteName(name)}`, {
    hint: "unpack it with Node on Linux, or export a tar archive",
  });
}
