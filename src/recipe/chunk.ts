/** Chunks of a layer, filled one after the other. */
import type { Buffer } from "node:buffer";
import { readSync } from "node:fs";

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

  /** Appends so many bytes of an open file, or what there are. @returns their number. */
  read(file: number, length: number): number {
    const read = readSync(file, this.#current, this.#filled, length, null);
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
