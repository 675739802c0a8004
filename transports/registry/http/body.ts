/** The bodies of replies as streams: in large chunks, and given up when nothing comes. */
import type { IncomingMessage } from "node:http";
import { type ByteStream, CHUNK_SIZE } from "../../../src/bytes/stream.ts";
import { clock } from "./clock.ts";
import { coalescer } from "./coalesce.ts";
import { HttpFailure, networkFailure } from "./failure.ts";

// So many bytes may wait for the consumer before the server has to.
const AHEAD = 2 * CHUNK_SIZE;

/**
 * The body, in large chunks: each costs every stage behind us a turn of the event loop.
 * @param patience how long nothing may come, in milliseconds; the consumer's own time is not counted.
 * @throws HttpFailure `NETWORK` when the connection breaks or nothing comes.
 */
export async function* bodyOf(
  message: IncomingMessage,
  host: string,
  patience: number,
  signal: AbortSignal | undefined,
): ByteStream {
  const chunks = coalescer();
  const isAlone = message.headers["transfer-encoding"] === undefined;
  let hasEnded = false;
  // It may have broken off before anybody listened.
  let failure: unknown = message.destroyed
    ? message.errored ?? new Error("it was closed")
    : undefined;
  let wake: (() => void) | undefined;
  const watch = clock(patience, () => message.destroy(stalled(host, patience)));
  message.on("data", (piece: Uint8Array) => {
    if (chunks.add(piece)) free(piece, isAlone);
    if (wake) watch.wait();
    if (chunks.waiting >= AHEAD) message.pause();
    if (chunks.waiting > 0) wake?.();
  });
  message.on("end", () => {
    chunks.flush();
    hasEnded = true;
    wake?.();
  });
  const fail = (error?: Error): void => {
    if (hasEnded || failure !== undefined) return;
    chunks.flush(); // what came counts: the rest is asked for from there on
    failure = error ?? new Error("the connection was closed");
    wake?.();
  };
  message.on("error", fail).on("close", () => fail());
  try {
    for (;;) {
      const chunk = chunks.take();
      if (chunk) {
        if (message.isPaused()) message.resume();
        yield chunk;
        if (!chunks.giveBack(chunk)) free(chunk, isAlone);
        continue;
      }
      signal?.throwIfAborted();
      if (failure !== undefined) throw networkFailure(failure, host);
      if (hasEnded) return;
      watch.wait();
      await new Promise<void>((resolve) => wake = resolve);
      wake = undefined;
      watch.rest();
    }
  } finally {
    watch.stop();
    chunks.stop();
    if (!hasEnded) message.destroy();
  }
}

/**
 * Gives a read's memory back at once. The garbage collector does not see how large it is: left to
 * it, a pull grows by 60 MiB and spends a fifth of its time collecting.
 * @param isAlone nothing else of the read is body: it does not come in HTTP's own chunks.
 */
function free({ buffer, byteLength }: Uint8Array, isAlone: boolean): void {
  const isWhole = byteLength === buffer.byteLength;
  if ((isWhole || isAlone) && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** What is said of a server from which nothing comes. */
export function stalled(host: string, patience: number): HttpFailure {
  const seconds = Math.ceil(patience / 1000);
  return new HttpFailure("NETWORK", `nothing came from ${host} for ${seconds} s`, {
    isTransient: true,
  });
}
