/**
 * Fetches the rest of a large blob in parts, several beside each other: object stores and CDNs give
 * each connection its share. Parts go to the shelf as they come, and from there in order to the
 * receiver. Whatever is odd ends it, and one request goes on from where the receiver is.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
import { createYielder } from "../../../src/bytes/flow/yielder.ts";
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import { RECEIVER_FAILED } from "../../../src/bytes/pour.ts";
import { CHUNK_SIZE, type Receiver, type Shelf } from "../../../src/bytes/stream.ts";
import type { Downloads } from "./downloads.ts";
import type { GetBlob } from "./foreign.ts";
import { type BlobRange, pourRange } from "./range.ts";

/** The bytes that are wanted, and where they go. */
export interface PartsToPour {
  /** Asks for a range of the blob. */
  get(headers: Readonly<Record<string, string>>, signal: AbortSignal): ReturnType<GetBlob>;
  /** Waits before a part is tried again; throws the error when it is not to be. */
  wait(error: unknown, tries: number, signal: AbortSignal): Promise<void>;
  readonly downloads: Downloads;
  /** The least size of a part. */
  readonly partSize: number;
  /** The position of the first byte. */
  readonly at: number;
  /** The size of the blob. */
  readonly size: number;
  /** The version of which all parts have to be, where the server says it. */
  readonly version: string | undefined;
  /** The bytes a second that one connection brought. */
  readonly rate: number;
  readonly shelf: Shelf;
  /** Has a thread fetch a range to the shelf, where that is to get all of it. */
  readonly fetchAside?: FetchAside | undefined;
  readonly receive: Receiver;
  readonly signal: AbortSignal | undefined;
}

/** Has a thread fetch a range to the shelf; it tells how far that is. */
export type FetchAside = (
  range: BlobRange,
  onWritten: (position: number) => void,
  signal: AbortSignal,
) => Promise<void>;

/** A part on its way: what lies before `filled` is on the shelf. */
interface Part {
  filled: number;
  readonly end: number;
}

/** The most parts of a blob: each is a request. */
const PARTS = 32;

/** The connections that it begins with, and of which each may bring another. */
const FIRST = 4;

/** Of the rate of one connection alone: as long as all keep that, one more brings more. */
const KEPT_RATE = 0.6;

/**
 * Pours the parts, in order.
 * @returns `false` when they have been given up somewhere.
 * @throws what the receiver throws.
 */
export async function pourParts(whole: PartsToPour): Promise<boolean> {
  const { downloads, at, size, partSize, rate, receive, shelf, fetchAside } = whole;
  const parts = cutParts(at, size, fetchAside ? size : partSize);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...whole.signal ? [whole.signal] : []]);
  const workers: Promise<void>[] = [];
  let claimed = 0;
  let working = 0;
  let failure: { readonly error: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  const tell = (): void => news.resolve();

  const work = async (): Promise<void> => {
    for (let part = parts[claimed++]; part && !failure; part = parts[claimed++]) {
      const [from, since] = [part.filled, performance.now()];
      await (fetchAside ? fetchPartAside : fetchPart)(whole, part, signal, tell);
      const reached = (part.end - from) / (performance.now() - since) * 1000;
      if (reached >= KEPT_RATE * rate && downloads.hasRoom) begin();
      if (downloads.isOver && working > 1) return;
    }
  };
  const begin = (): void => {
    if (claimed >= parts.length) return;
    working++;
    const end = downloads.begin();
    workers.push(
      work().catch((error) => {
        failure ??= { error };
      }).finally(() => {
        working--;
        end();
        tell();
      }),
    );
  };
  const give = async (): Promise<boolean> => {
    const buffer = lendBuffer(CHUNK_SIZE);
    const rest = createYielder();
    let front = at;
    try {
      for (const part of parts) {
        while (front < part.end) {
          if (failure?.error === RECEIVER_FAILED) throw failure.error;
          const there = Math.min(part.filled - front, buffer.length);
          if (there === 0) {
            if (failure) return false;
            await news.promise;
            news = Promise.withResolvers();
            continue;
          }
          const chunk = buffer.subarray(0, there);
          shelf.fetch(chunk, front);
          front += there;
          await receive(chunk);
          await rest();
        }
      }
      return true;
    } finally {
      returnBuffer(buffer);
    }
  };
  begin();
  while (working < FIRST && downloads.hasRoom && claimed < parts.length) begin();
  try {
    return await give();
  } finally {
    failure ??= { error: undefined };
    stop.abort();
    await Promise.all(workers);
  }
}

function cutParts(at: number, size: number, smallest: number): Part[] {
  const length = Math.max(smallest, Math.ceil((size - at) / PARTS));
  const count = Math.ceil((size - at) / length);
  return Array.from({ length: count }, (_, i) => ({
    filled: at + i * length,
    end: Math.min(size, at + (i + 1) * length),
  }));
}

/** Fetches a part, and what is left of it again when a connection breaks. */
async function fetchPart(
  { get, wait, size, version, shelf }: PartsToPour,
  part: Part,
  signal: AbortSignal,
  tell: () => void,
): Promise<void> {
  for (let failures = 0; part.filled < part.end;) {
    const range = { from: part.filled, end: part.end, size, version };
    try {
      await pourRange(range, (headers) => get(headers, signal), (chunk) => {
        shelf.keep(chunk, part.filled);
        part.filled += chunk.length;
        tell();
      });
    } catch (error) {
      await wait(error, ++failures, signal);
    }
  }
}

/** Has a thread fetch a part; where that fails, one request gets what lacks. */
async function fetchPartAside(
  { size, version, fetchAside }: PartsToPour,
  part: Part,
  signal: AbortSignal,
  tell: () => void,
): Promise<void> {
  const { filled: from, end } = part;
  await fetchAside!({ from, end, size, version }, (position) => {
    part.filled = position;
    tell();
  }, signal);
}
