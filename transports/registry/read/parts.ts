/**
 * Fetches the rest of a large blob in parts, several beside each other: object stores and CDNs give
 * each connection its share. Parts go to the shelf as they come, and from there in order to the
 * receiver. Whatever is odd ends it, and one request goes on from where the receiver is.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
import { createYielder } from "../../../src/bytes/flow/yielder.ts";
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import { pourStream, RECEIVER_FAILED } from "../../../src/bytes/pour.ts";
import { CHUNK_SIZE, type Receiver, type Shelf } from "../../../src/bytes/stream.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import { HttpFailure } from "../http/failure.ts";
import type { Downloads } from "./downloads.ts";
import type { GetBlob } from "./foreign.ts";

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
  readonly receive: Receiver;
  readonly signal: AbortSignal | undefined;
}

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
  const { downloads, at, size, partSize, rate, receive, shelf } = whole;
  const parts = cutParts(at, size, partSize);
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
      await fetchPart(whole, part, signal, tell);
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
    const [from, last] = [part.filled, part.end - 1];
    try {
      const range = { range: `bytes=${from}-${last}`, ...version && { "if-range": version } };
      const reply = await get(range, signal);
      if (!isPart(reply, `bytes ${from}-${last}/${size}`, version)) {
        await reply.discard();
        throw new HttpFailure("REFUSED", `${reply.url.host} gives no such part`);
      }
      await pourStream(reply.stream(), (chunk) => {
        if (chunk.length > part.end - part.filled) throw new Error("more came than was asked for");
        shelf.keep(chunk, part.filled);
        part.filled += chunk.length;
        tell();
      });
      if (part.filled < part.end) {
        const message = `${reply.url.host} broke off at byte ${part.filled} of ${size}`;
        throw new HttpFailure("NETWORK", message, { isTransient: true });
      }
    } catch (error) {
      await wait(error, ++failures, signal);
    }
  }
}

/** Tells whether an answer is that part of that version, and nothing else. */
function isPart({ status, headers }: Reply, range: string, version: string | undefined): boolean {
  const { etag, "content-range": stated } = headers;
  return status === 206 && stated === range && (version === undefined || etag === version);
}
