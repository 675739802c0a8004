/**
 * A span of a large blob, fetched in pieces by several connections at a time: servers give each
 * connection its share, so that one alone is slower than the way to it. Pieces are given on in order,
 * and as many of them are in memory as are under way.
 */
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import type { Receiver } from "../../../src/bytes/stream.ts";

/** More connections are worth it only if they bring so much more. */
const GAIN = 1.2;

/** What fetching a span takes. */
export interface SpanOptions {
  /** The first byte, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** The size of a piece. */
  readonly piece: number;
  /** Bytes a second of one connection. */
  readonly rate: number;
  /** Fills the buffer with the bytes from that position of the blob. */
  fetch(into: Uint8Array, position: number): Promise<void>;
  /** Tells how many connections may be used now. */
  most(): number;
  /** Returns the time in milliseconds. */
  now(): number;
}

/** A piece that is under way. */
interface Piece {
  readonly buffer: Buffer;
  readonly size: number;
  readonly done: Promise<void>;
}

/**
 * Gives the receiver the span from its start on, with more connections as long as they bring more.
 * @returns where it has stopped: at the end, or where one connection does as well as several.
 * @throws what `fetch` and the receiver throw; what was given until then is whole.
 */
export async function pourSpan(span: SpanOptions, receive: Receiver): Promise<number> {
  const underWay: Piece[] = [];
  let { start: at, start: next, rate: best } = span;
  let width = 2;
  const begin = (): void => {
    const size = Math.min(span.piece, span.end - next);
    const buffer = lendBuffer(span.piece);
    const done = span.fetch(buffer.subarray(0, size), next);
    done.catch(() => {}); // whoever waits for its turn hears of it
    underWay.push({ buffer, size, done });
    next += size;
  };
  const giveFirst = async (): Promise<void> => {
    const { buffer, size, done } = underWay[0]!;
    await done;
    await receive(buffer.subarray(0, size));
    at += size;
    returnBuffer(underWay.shift()!.buffer);
  };
  try {
    for (let isGrowing = true; next < span.end || underWay.length > 0;) {
      const [began, before, round] = [span.now(), at, 2 * width];
      for (let given = 0; given < round && (next < span.end || underWay.length > 0); given++) {
        while (underWay.length < width && next < span.end) begin();
        await giveFirst();
      }
      if (!isGrowing) continue;
      const rate = (at - before) * 1000 / Math.max(1, span.now() - began);
      if (rate < best * GAIN && width === 2) break;
      isGrowing = rate >= best * GAIN && width < span.most();
      best = Math.max(best, rate);
      if (isGrowing) width = Math.min(2 * width, span.most());
    }
    while (underWay.length > 0) await giveFirst();
    return at;
  } finally {
    await Promise.allSettled(underWay.map(({ done }) => done));
    for (const { buffer } of underWay) returnBuffer(buffer);
  }
}
