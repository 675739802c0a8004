/** Chunks of an archive, filled one after the other with frames and with files of the disk. */
import type { Buffer } from "node:buffer";
import { closeSync, constants, openSync, readSync } from "node:fs";

/** Gives the buffer for the next chunk; asked when the chunk before is done with. */
export type NextBuffer = () => Buffer;

export class Chunk {
  /** Of all chunks, in bytes. */
  total = 0;
  #filled = 0;
  #buffer: Buffer | undefined;
  #room: NextBuffer;

  constructor(room: NextBuffer) {
    this.#room = room;
  }

  /** The number of bytes that it still takes. */
  get left(): number {
    return this.#current.length - this.#filled;
  }

  get #current(): Buffer {
    return this.#buffer ??= this.#room();
  }

  /** Appends bytes, for which there has to be room. */
  put(bytes: Uint8Array): void {
    this.#current.set(bytes, this.#filled);
    this.#add(bytes.length);
  }

  /** Appends zeros, for which there has to be room. */
  putZeros(length: number): void {
    this.#current.fill(0, this.#filled, this.#filled + length);
    this.#add(length);
  }

  /**
   * Appends so many bytes of an open file, or what there are.
   * @param at where they are; where the last ones ended by default.
   * @returns their number.
   */
  read(file: number, length: number, at: number | null = null): number {
    const read = readSync(file, this.#current, this.#filled, length, at);
    this.#add(read);
    return read;
  }

  #add(length: number): void {
    this.#filled += length;
    this.total += length;
  }

  /** Takes what it has; with the next byte, another chunk begins. */
  take(): Uint8Array {
    const chunk = this.#current.subarray(0, this.#filled);
    this.#buffer = undefined;
    this.#filled = 0;
    return chunk;
  }
}

/** Puts bytes into the chunk, however many, and gives chunks that are full. */
export function* fillFromBytes(chunk: Chunk, bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    if (chunk.left === 0) yield chunk.take();
    const part = bytes.subarray(at, at + chunk.left);
    chunk.put(part);
    at += part.length;
  }
}

/** A regular file on disk, or a part of one. */
export interface FilePart {
  readonly file: string | Buffer;
  /** In bytes. */
  readonly size: number;
  /** The position where the part begins; `undefined` for all of the file. */
  readonly at?: number | undefined;
}

/** Neither follows a link nor waits for a FIFO, should one have taken the file's place. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Puts a file into a chunk that has room for one byte more than its size.
 * @returns the number of bytes: fewer than its size if it has become shorter, one more if it is longer.
 * @throws what the system says.
 */
export function putWholeFile(chunk: Chunk, { file, size, at }: FilePart): number {
  const most = mostOf(size, at);
  const open = openSync(file, FLAGS);
  try {
    for (let seen = 0;;) {
      const read = most === 0 ? 0 : chunk.read(open, most - seen, placeOf(at, seen));
      seen += read;
      if (read === 0 || seen >= size) return seen;
    }
  } finally {
    closeSync(open);
  }
}

/** Returns how much of a file is read: one byte more than it has, to see that there is none. */
function mostOf(size: number, at: number | undefined): number {
  return at === undefined ? size + 1 : size;
}

function placeOf(at: number | undefined, seen: number): number | null {
  return at === undefined ? null : at + seen;
}

/**
 * Puts a file into the chunk, and gives chunks that are full. Nothing here waits for another thread: most
 * files are small, and cost less to read than to wait for.
 * @returns the number of bytes: fewer than its size if it has become shorter, one more if it is longer.
 * @throws what the system says.
 */
export function* fillFromFile(
  chunk: Chunk,
  { file, size, at }: FilePart,
): Generator<Uint8Array, number> {
  const most = mostOf(size, at);
  const open = openSync(file, FLAGS);
  try {
    for (let seen = 0;;) {
      if (chunk.left === 0) yield chunk.take();
      const wanted = Math.min(most - seen, chunk.left);
      const read = wanted === 0 ? 0 : chunk.read(open, wanted, placeOf(at, seen));
      seen += read;
      if (read === 0 || seen === most || (read < wanted && seen === size)) return seen;
    }
  } finally {
    closeSync(open);
  }
}
