/** Streams that are begun before their turn: what comes next is fetched and unpacked meanwhile. */
import { giveBack, lend } from "../bytes/pool.ts";
import { type ByteStream, CHUNK_SIZE } from "../bytes/stream.ts";

/** How many streams are open at a time, the one that is read included. */
const LANES = 4;

/** How many bytes of each that waits are held: for all of them the buffers that are kept suffice. */
const HELD = 2 * 1024 * 1024;

/** A stream that a reader has come to, and what it is of. */
export interface Turn<T> {
  readonly item: T;
  readonly stream: ByteStream;
}

/** The items' streams one after another; each is to be read to its end before the next. */
export async function* inTurn<T>(
  items: readonly T[],
  open: (item: T) => ByteStream,
): AsyncGenerator<Turn<T>, void> {
  const begun: { item: T; stream: Begun }[] = [];
  let next = 0;
  try {
    for (const _ of items) {
      while (next < items.length && begun.length < LANES) {
        const item = items[next++]!;
        begun.push({ item, stream: new Begun(open(item)) });
      }
      yield begun[0]!;
      await begun.shift()!.stream.close();
    }
  } finally {
    await Promise.all(begun.map(({ stream }) => stream.close()));
  }
}

/** A stream that fills a bounded store until somebody reads it. */
class Begun implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #held: { buffer: Buffer; size: number }[] = [];
  readonly #filling: Promise<void>;
  #stopped = false;
  #ended = false;
  #failure: { error: unknown } | undefined;

  constructor(stream: ByteStream) {
    this.#source = stream[Symbol.asyncIterator]();
    this.#filling = this.#fill().catch((error) => void (this.#failure = { error }));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    this.#stopped = true;
    await this.#filling;
    for (let held = this.#held.shift(); held !== undefined; held = this.#held.shift()) {
      yield held.buffer.subarray(0, held.size);
      giveBack(held.buffer);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    // From here on nothing is copied.
    while (!this.#ended) {
      const { done, value } = await this.#source.next();
      if (done) this.#ended = true;
      else yield value;
    }
  }

  async close(): Promise<void> {
    this.#stopped = true;
    await this.#filling;
    for (const { buffer } of this.#held.splice(0)) giveBack(buffer);
    await this.#source.return?.();
  }

  async #fill(): Promise<void> {
    for (let size = 0; size < HELD && !this.#stopped;) {
      const { done, value } = await this.#source.next();
      if (done) return void (this.#ended = true);
      for (let at = 0; at < value.length; at += CHUNK_SIZE) {
        const part = value.subarray(at, at + CHUNK_SIZE);
        const buffer = lend(CHUNK_SIZE);
        buffer.set(part);
        this.#held.push({ buffer, size: part.length });
      }
      size += value.length;
    }
  }
}
