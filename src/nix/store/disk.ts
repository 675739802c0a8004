/** Reads trees on disk exactly: names and link targets are bytes, which need not be UTF-8. */
import { Buffer } from "node:buffer";
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { NixociError, wrapError } from "../../base/errors.ts";

/** Looks at a path itself, not at the target of a link. */
export function readPathStat(path: Buffer): Stats {
  try {
    return lstatSync(path);
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}

/**
 * Lists the names in a folder, in byte order.
 * @throws NixociError `NOT_FOUND`, `IO`; `UNSUPPORTED` for names that Deno cannot read.
 */
export function listNames(folder: Buffer): Buffer[] {
  try {
    const names = readdirSync(folder, { encoding: "buffer" });
    for (const name of names) checkExact(name, "a name");
    return names.sort(Buffer.compare);
  } catch (error) {
    throw wrapError(error, `Cannot list ${folder}`);
  }
}

/** Reads the target of a symbolic link, as it is. */
export function readTarget(path: Buffer): Buffer {
  try {
    const target = readlinkSync(path, { encoding: "buffer" });
    checkExact(target, "its target");
    return target;
  } catch (error) {
    throw wrapError(error, `Cannot read the link ${path}`);
  }
}

/** Returns the path of an entry. */
export function joinName(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, SLASH, name]);
}

const SLASH = Buffer.from("/");

/** The character that a decoder of UTF-8 puts in the place of other bytes. */
const REPLACEMENT = Buffer.from("\ufffd");

/** Refuses bytes that Deno may have replaced: it decodes names even if bytes were asked for. */
function checkExact(bytes: Buffer, what: string): void {
  if (!("Deno" in globalThis) || !bytes.includes(REPLACEMENT)) return;
  throw new NixociError("UNSUPPORTED", `${what} is not UTF-8, which Deno cannot read: ${bytes}`, {
    hint: "run nixoci on Node",
  });
}
