/** Reads trees on disk exactly: names and link targets are bytes, which need not be UTF-8. */
import { Buffer } from "node:buffer";
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { openFile } from "../../bytes/disk/file.ts";
import { lendBuffer, returnBuffer } from "../../bytes/pool.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { NixociError, wrapError } from "../../base/errors.ts";

// Files up to this size are read at once and synchronously: a trip to another thread and back takes
// longer than reading a small one, and each needs four (open, stat, read, close).
const SMALL = 1024 * 1024;

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

/**
 * Reads a regular file that had `size` bytes; one byte more if it has become longer, so that the
 * reader's count is wrong.
 * @throws from the stream, NixociError `NOT_FOUND`, `UNSUPPORTED`, `IO`.
 */
export async function* readFileBytes(path: Buffer, size: number): ByteStream {
  const buffer = lendBuffer(SMALL);
  try {
    if (size < SMALL) {
      const filled = readSmall(path, buffer.subarray(0, size + 1));
      if (filled > 0) yield buffer.subarray(0, filled);
      return;
    }
    const file = await openFile(path, { follow: false });
    try {
      yield* file.read();
      const grown = await file.readAt(buffer.subarray(0, 1), file.size);
      if (grown > 0) yield buffer.subarray(0, 1);
    } finally {
      await file[Symbol.asyncDispose]();
    }
  } finally {
    returnBuffer(buffer);
  }
}

/** Flags that neither follow a link nor wait for a FIFO, should one have taken the file's place. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function readSmall(path: Buffer, into: Buffer): number {
  try {
    const file = openSync(path, FLAGS);
    try {
      let filled = 0;
      for (let read = -1; read !== 0 && filled < into.length; filled += read) {
        read = readSync(file, into, filled, into.length - filled, null);
      }
      return filled;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}

/** The character that a decoder of UTF-8 puts in the place of other bytes. */
const REPLACEMENT = Buffer.from("\ufffd");

/** Refuses bytes that Deno may have replaced: it decodes names even if bytes were asked for. */
function checkExact(bytes: Buffer, what: string): void {
  if (!("Deno" in globalThis) || !bytes.includes(REPLACEMENT)) return;
  throw new NixociError("UNSUPPORTED", `${what} is not UTF-8, which Deno cannot read: ${bytes}`, {
    hint: "run nixoci on Node",
  });
}
