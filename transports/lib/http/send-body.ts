/** The body of a request on its way out, for undici to pull. */
import { joinChunks } from "../../../src/bytes/rechunk.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import type { Handler } from "./handler.ts";

/** A body that is being sent. */
export interface Sending {
  readonly stream: ByteStream;
  /** Tells whether all of it has been sent. */
  readonly isDone: boolean;
  /** Resolves when nobody reads the source any more. */
  letGo(): Promise<void>;
}

// undici waits until chunks of this size are flushed; a smaller one it may still be sending when it
// asks for the next, and then the buffer is not ours to give back.
const FLUSHED = 64 * 1024;
/** In periods: a registry verifies and moves a blob between its last byte and the answer. */
export const PATIENCE_AT_END = 5;

/** Sends until the end, a refusal, or a failure of either side. */
export function sendBody(open: () => ByteStream, { head, over, watch }: Handler): Sending {
  const closed = Promise.withResolvers<void>();
  let [isOpen, isRefused, isOver, isDone] = [false, false, false, false];
  head.promise.then(({ status }) => isRefused = status >= 300, () => {});
  over.promise.then(() => isOver = true);

  async function* stream(): ByteStream {
    isOpen = true;
    watch.rest();
    try {
      for await (const chunk of joinChunks(open())) {
        if (isRefused) await over.promise; // or undici would take our end for that of the body
        if (isOver) return;
        watch.wait();
        yield chunk.length < FLUSHED ? Buffer.from(chunk) : chunk;
        watch.rest();
      }
      if (isRefused) await over.promise;
      isDone = true;
      watch.wait(PATIENCE_AT_END);
    } finally {
      closed.resolve();
    }
  }
  return {
    stream: stream(),
    get isDone() {
      return isDone;
    },
    letGo: async () => isOpen ? await closed.promise : undefined,
  };
}
