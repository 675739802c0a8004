/** Streams one after another, some of which are begun before their turn. */
import { type AheadStream, readAhead, roomFor } from "./stream.ts";
import type { ByteStream } from "../../stream.ts";

/** How many streams are open at a time, the one that is read included. */
const LANES = 4;

/** How many bytes of each that waits are held: for all of them the buffers that are kept suffice. */
const HELD = 2 * 1024 * 1024;

/** A stream that a reader has come to, and what it is of. */
export interface Turn<T> {
  readonly item: T;
  readonly stream: ByteStream;
}

/**
 * The items' streams one after another; each is to be read to its end before the next. What comes
 * next is fetched and unpacked meanwhile.
 */
export async function* inTurn<T>(
  items: readonly T[],
  open: (item: T) => ByteStream,
): AsyncGenerator<Turn<T>, void> {
  const begun: AheadStream[] = [];
  let next = 0;
  try {
    for (const item of items) {
      while (next < items.length && begun.length < LANES) {
        begun.push(readAhead(open(items[next++]!), roomFor(HELD)));
      }
      yield { item, stream: begun[0]!.whole() };
      await begun.shift()!.stop();
    }
  } finally {
    await Promise.all(begun.map((ahead) => ahead.stop()));
  }
}
