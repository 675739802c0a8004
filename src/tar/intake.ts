/** Takes the bytes of a stream in the portions that a reader of archives needs. */
import type { ByteStream } from "../bytes/stream.ts";

const NOTHING = new Uint8Array(0);

/** A stream's bytes: those that have arrived are there at once, only others are awaited. */
export class Intake {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  #offset = 0;

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The number of bytes that have been taken or skipped. */
  get offset(): number {
    return this.#offset;
  }

  /** Takes up to `most` bytes that have arrived, maybe none. Valid until more arrive. */
  take(most: number): Uint8Array {
    const part = this.#chunk.subarray(this.#at, this.#at + most);
    this.#at += part.length;
    this.#offset += part.length;
    return part;
  }

  /** Takes exactly `length` bytes if they have arrived together; `undefined` if not. */
  takeWhole(length: number): Uint8Array | undefined {
    return this.#chunk.length - this.#at < length ? undefined : this.take(length);
  }

  /** Takes `length` bytes, and waits for them; fewer when the stream ends. */
  async gather(length: number): Promise<Uint8Array> {
    const into = Buffer.allocUnsafe(length);
    let filled = 0;
    do {
      const part = this.take(length - filled);
      into.set(part, filled);
      filled += part.length;
    } while (filled < length && await this.waitForMore());
    return into.subarray(0, filled);
  }

  /** Skips `length` bytes and returns the number skipped, fewer when the stream ends. */
  async skip(length: number): Promise<number> {
    let left = length - this.take(length).length;
    while (left > 0 && await this.waitForMore()) left -= this.take(left).length;
    return length - left;
  }

  /** Waits for the next chunk, when the last is used up; `false` at the end. */
  async waitForMore(): Promise<boolean> {
    this.#at = 0;
    this.#chunk = NOTHING;
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#chunk = next.value;
    return true;
  }

  /** Releases the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
