/** Blobs on their way, each digest once; the first failure breaks all of them off. */
import type { Digest } from "../bytes/digest.ts";
import { markSide, NixociError, wrapError } from "../base/errors.ts";
import type { BlobKind, ImageBlob } from "../image/root.ts";
import type { Lacking } from "../image/sink.ts";

/** Blobs that are under way; disposing breaks them off, and waits until they have let go. */
export interface UnderWay extends AsyncDisposable {
  /** Breaks off all of it. */
  readonly signal: AbortSignal;
  /** Finds the end of a blob's way that has begun. */
  find(blob: ImageBlob): Promise<Lacking | void> | undefined;
  /** Adds a blob whose way has begun; a failure of it shows in `settle`, too. */
  add(blob: ImageBlob, kind: BlobKind, way: Promise<Lacking | void>): Promise<Lacking | void>;
  /**
   * Breaks off all that moves, unless something has.
   * @param what failed.
   * @throws why.
   */
  fail(error: unknown, what: string): never;
  /** Waits for all that has begun; throws the first failure. */
  settle(): Promise<void>;
  /** Forgets what is known of blobs, so that they are looked for again. */
  forget(lacks: Lacking["lacks"]): void;
}

/** Creates it, with nothing in it. @param given breaks it off as well. */
export function createUnderWay(given: AbortSignal | undefined): UnderWay {
  const ways = new Map<Digest, Promise<Lacking | void>>();
  const breakOff = new AbortController();
  const fail = (error: unknown, what: string): never => {
    const failed = breakOff.signal.aborted ? error : failureOf(error, what);
    breakOff.abort(failed);
    throw failed;
  };
  return {
    signal: given ? AbortSignal.any([given, breakOff.signal]) : breakOff.signal,
    find: ({ content }) => ways.get(content.descriptor.digest),
    add({ content }, kind, way) {
      const { digest } = content.descriptor;
      const watched = way.then((lacking) => {
        if (lacking) ways.delete(digest); // it is to be tried again
        return lacking;
      }, (error) => fail(error, `${kind} ${digest}`));
      watched.catch(() => {}); // it is shown by settle(), which may be called much later
      ways.set(digest, watched);
      return watched;
    },
    fail,
    async settle() {
      // All of them, so that nothing is under way any more; then the failure that broke them off.
      await Promise.allSettled(ways.values());
      breakOff.signal.throwIfAborted();
      await Promise.all(ways.values());
    },
    forget(lacks) {
      if (lacks === "all") ways.clear();
      else for (const digest of lacks) ways.delete(digest);
    },
    async [Symbol.asyncDispose]() {
      breakOff.abort();
      await Promise.allSettled(ways.values());
    },
  };
}

/** Returns a failure, as what happened to the blob: the sink's, where it is not the source's. */
function failureOf(error: unknown, what: string): unknown {
  const doing = error instanceof NixociError ? what : `storing ${what}`;
  return markSide("destination", wrapError(error, doing));
}
