/** Reads files: as a stream, or at any position. */
import type { Buffer } from "node:buffer";
import { constants, fstatSync, readSync } from "node:fs";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { lendBuffer, returnBuffer } from "../pool.ts";
import type { RandomAccess } from "./random-access.ts";
import { openRawFile, type RawFile } from "./raw-file.ts";
import { stampOf } from "./stamp.ts";
import { streamFrom } from "../pour.ts";
import type { ByteStream } from "../stream.ts";

// Each read goes to another thread and back: with 256 KiB a copy takes a tenth more time.
const READ_SIZE = 1024 * 1024;

/** The size up to which a file is read at once, in bytes: most documents, many layers. */
const SMALL = 64 * 1024;

// A server has hundreds of readers at a time, each with its buffers for as long as its client takes.
const MANY = 32;

let readers = 0;

/** An open file: read it at any position, as often as you like, and dispose of it. */
export interface OpenFile extends RandomAccess, AsyncDisposable {
  readonly path: string;
  unchanged(): Promise<boolean>;
}

/**
 * Opens a regular file (symbolic links are followed) for reading. It never waits: it refuses a FIFO,
 * a directory or a device. The size is that at the time of opening.
 * @param location a buffer for a path whose bytes are not UTF-8.
 * @param options.follow `false`: a link is refused, so that none that has taken a file's place is read.
 * @throws NixociError `NOT_FOUND` when there is none, `UNSUPPORTED` when it is not a regular file,
 * `IO` when it cannot be opened, or from a stream when it shrinks while it is read.
 * @example
 * ```ts
 * import { openFile } from "nixoci";
 * await using file = await openFile("in/oci-layout");
 * for await (const chunk of file.read(0, 1)) console.log(String(chunk)); // {
 * ```
 */
export async function openFile(
  location: string | Buffer,
  { follow = true }: { readonly follow?: boolean } = {},
): Promise<OpenFile> {
  const path = String(location);
  const file = openWithoutWaiting(location, follow ? 0 : constants.O_NOFOLLOW ?? 0);
  try {
    const stat = fstatSync(file.fd, { bigint: true });
    if (!stat.isFile()) throw notRegularError(path, stat.isDirectory());
    const size = Number(stat.size);
    const stamp = stampOf(stat);
    return {
      path,
      size,
      read: (start = 0, end = size) => readRange(file, path, start, Math.min(end, size)),
      async readAt(into, position) {
        try {
          return await readFully(file, into, position);
        } catch (error) {
          throw wrapError(error, `Cannot read ${path}`);
        }
      },
      async unchanged() {
        return stamp.lasts && stampOf(fstatSync(file.fd, { bigint: true })).text === stamp.text;
      },
      async [Symbol.asyncDispose]() {
        file.close();
      },
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Reads the whole of a file, which is open only while it is read. Throws as {@link openFile} does. */
export function readFile(path: string, options?: { readonly follow?: boolean }): ByteStream {
  return streamFrom(() => openFile(path, options), (file) => file.read());
}

/** Fills `into` from `position` of a file and returns the number of bytes, fewer only at its end. */
async function readFully(
  file: RawFile,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const wanted = into.length - filled;
    const { bytesRead } = await file.read(into, filled, wanted, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Does the same at once: for what lies in memory, to wait for another thread takes longer than to read. */
export function readFullyNow(fd: number, into: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < into.length) {
    const read = readSync(fd, into, filled, into.length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

function openWithoutWaiting(path: string | Buffer, more: number): RawFile {
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer. Windows has neither.
    return openRawFile(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | more);
  } catch (error) {
    // A socket cannot be opened at all.
    if (isSystemError(error, "ENXIO")) throw notRegularError(String(path), false);
    throw wrapError(error, `Cannot open ${path}`);
  }
}

function notRegularError(path: string, directory: boolean): NixociError {
  const what = directory ? "is a directory" : "is not a regular file";
  return new NixociError("UNSUPPORTED", `Cannot open ${path}: it ${what}`, {
    hint: directory ? "name a file in it" : "name a file, or - for a pipe",
  });
}

/** Reads one chunk ahead, so that the disk works while the reader does. */
function readRange(file: RawFile, path: string, start: number, end: number): ByteStream {
  const begin = () => createChunkReader(file, path, start, end);
  return {
    async *[Symbol.asyncIterator]() {
      const reader = begin();
      try {
        for (let chunk = await reader.next(); chunk; chunk = await reader.next()) yield chunk;
      } finally {
        await reader.stop();
      }
    },
    async pour(receive) {
      const reader = begin();
      try {
        for (let chunk = await reader.next(); chunk; chunk = await reader.next()) {
          const taking = receive(chunk);
          if (taking) await taking;
        }
      } finally {
        await reader.stop();
      }
    },
  };
}

/** Reads chunks into two buffers in turn: a chunk is good until the next is asked for. */
function createChunkReader(file: RawFile, path: string, start: number, end: number) {
  const isFew = readers++ < MANY;
  const size = isFew && end - start > SMALL ? READ_SIZE : SMALL;
  const buffers: Buffer[] = [];
  let at = start;
  let turn = 0;
  const ahead = (): Promise<Uint8Array> | undefined => {
    if (at >= end) return undefined;
    const buffer = buffers[turn % 2] ??= lendBuffer(size);
    turn++;
    const chunk = buffer.subarray(0, Math.min(size, end - at));
    const reading = readChunk(file, path, chunk, at);
    // It may fail before it is awaited; whatever awaits it later still gets the error.
    reading.catch(() => {});
    at += chunk.length;
    return reading;
  };
  let next = ahead();
  return {
    async next(): Promise<Uint8Array | undefined> {
      const chunk = await next;
      next = ahead();
      return chunk;
    },
    async stop(): Promise<void> {
      await next?.catch(() => {}); // the buffer is in use until then
      readers--;
      buffers.forEach(returnBuffer);
    },
  };
}

async function readChunk(
  file: RawFile,
  path: string,
  chunk: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  try {
    if (await readFully(file, chunk, position) === chunk.length) return chunk;
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
  throw new NixociError("IO", `Cannot read ${path}: it became shorter while it was read`);
}
