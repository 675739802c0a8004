/** Reads the streams of items one after another, and the next ones ahead. */
import { type AheadStream, createMemoryBudget, readAhead } from "./stream.ts";
import type { ByteStream } from "../../stream.ts";

/** The number of streams that are open at a time, including the one that is read. */
const LANES = 4;

/** The number of bytes held of each stream that waits: the pool keeps enough buffers for all of them. */
const HELD = 2 * 1024 * 1024;

/** An item and its stream, which is now to be read. */
export interface ItemStream<T> {
  readonly item: T;
  readonly stream: ByteStream;
}

/**
 * Yields the items with their streams; read each to its end before the next. The next ones are
 * fetched and unpacked meanwhile.
 */
export async function* readItemsAhead<T>(
  items: readonly T[],
  open: (item: T) => ByteStream,
): AsyncGenerator<ItemStream<T>, void> {
  const begun: AheadStream[] = [];
  let next = 0;
  try {
    for (const item of items) {
      while (next < items.length && begun.length < LANES) {
        begun.push(readAhead(open(items[next++]!), createMemoryBudget(HELD)));
      }
      yield { item, stream: begun[0]!.whole() };
      await begun.shift()!.stop();
    }
  } finally {
    await Promise.all(begun.map((ahead) => ahead.stop()));
  }
}
