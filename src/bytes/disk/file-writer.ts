/** Writes a file in large pieces, whatever the sizes of the chunks are. */
import { writeSync } from "node:fs";
import { lendBuffer, returnBuffer } from "../pool.ts";
import { readFullyNow } from "./file.ts";
import type { WritableFile } from "./raw-file.ts";
import type { Shelf } from "../stream.ts";

/** The size of a write: chunks of 16 KiB, written one by one, cost three times as much. */
const PIECE = 512 * 1024;

/** The size from which chunks are not gathered. */
const LARGE = 128 * 1024;

/** The number of pieces that may be on their way to the disk while the next one fills. */
const IN_FLIGHT = 2;

/** A writer that gathers and overlaps writes. Await each call; an error may come with a later call. */
export interface FileWriter {
  /** Appends; when it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Appends, and has the caller wait for the system; after calls of `write` only once it is drained.
   * For bytes that come without a promise: one to write them would cost more than the system does.
   */
  writeNow(bytes: Uint8Array): void;
  /** Writes what has been gathered; as for `writeNow`. */
  flushNow(): void;
  /** Goes on behind so many bytes that are in the file already; as for `writeNow`. */
  skipNow(bytes: number): void;
  /** Writes at a position, after everything appended before. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Waits until everything has reached the file. */
  drain(): Promise<void>;
}

/** Makes a writer to an open file, from its start. The caller closes the file, after `drain()`. */
export function createFileWriter(file: WritableFile): FileWriter {
  const flying: Promise<Buffer>[] = [];
  let piece: Buffer | undefined;
  let filled = 0;
  let position = 0;

  function send(full: Buffer): void {
    const written = writeFully(file, full.subarray(0, filled), position).then(() => full);
    // It may fail before it is awaited; whatever awaits it later still gets the error.
    written.catch(() => {});
    flying.push(written);
    position += filled;
    piece = undefined;
    filled = 0;
  }

  async function drain(): Promise<void> {
    if (piece !== undefined) send(piece);
    while (flying.length > 0) returnBuffer((await flying.shift())!);
  }

  function flushNow(): void {
    if (piece === undefined) return;
    writeFullyNow(file.fd, piece.subarray(0, filled), position);
    position += filled;
    filled = 0;
  }

  return {
    drain,
    flushNow,
    async write(bytes) {
      if (filled === 0 && bytes.length >= LARGE) {
        // Large enough as it is: a copy would cost more than the overlap saves.
        const start = position;
        position += bytes.length;
        return await writeFully(file, bytes, start);
      }
      for (let at = 0; at < bytes.length;) {
        // The oldest piece comes back to be filled again.
        piece ??= flying.length < IN_FLIGHT ? lendBuffer(PIECE) : (await flying.shift())!;
        const count = Math.min(PIECE - filled, bytes.length - at);
        piece.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled === PIECE) send(piece);
      }
    },
    writeNow(bytes) {
      if (filled === 0 && bytes.length >= LARGE) {
        writeFullyNow(file.fd, bytes, position);
        position += bytes.length;
        return;
      }
      for (let at = 0; at < bytes.length;) {
        piece ??= lendBuffer(PIECE);
        const part = bytes.subarray(at, at + PIECE - filled);
        piece.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled === PIECE) flushNow();
      }
    },
    skipNow(bytes) {
      flushNow();
      position += bytes;
    },
    async writeAt(bytes, at) {
      await drain();
      await writeFully(file, bytes, at);
    },
  };
}

/** Writes all of the bytes at a position of a file; the system may take them in parts. */
async function writeFully(
  file: WritableFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const left = bytes.length - done;
    const { bytesWritten } = await file.write(bytes, done, left, position + done);
    done += bytesWritten;
  }
}

/** A shelf in the file itself: what has been kept is where it belongs. */
export interface FileShelf extends Shelf {
  /** Tells whether these are the bytes that were last fetched, from that position. */
  has(bytes: Uint8Array, position: number): boolean;
}

/** Makes a shelf of an open file whose bytes are to come in order, from its start. */
export function createShelf(file: WritableFile): FileShelf {
  let last: { readonly bytes: Uint8Array; readonly position: number } | undefined;
  return {
    has: (bytes, position) => last?.bytes === bytes && last.position === position,
    keep: (bytes, position) => writeFullyNow(file.fd, bytes, position),
    fetch(into, position) {
      last = { bytes: into, position };
      if (readFullyNow(file.fd, into, position) === into.length) return;
      throw new Error("the file became shorter while it was written");
    },
  };
}

function writeFullyNow(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
