/** Gets from undici what it tells of an exchange: the answer's head, and its body in large chunks. */
import type { Dispatcher } from "undici";
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import { type ByteStream, CHUNK_SIZE } from "../../../src/bytes/stream.ts";
import { type Clock, createClock, stalledError } from "./clock.ts";
import { addHeader, type Head } from "./head.ts";

// From the second chunk on: fewer and larger writes cost less.
const LARGE = 2 * CHUNK_SIZE;
// So many chunks may wait for the reader before the server has to.
const AHEAD = 1;
/** Takes in an answer as it comes, without a stream or a promise for its pieces. */
export class Handler implements Dispatcher.DispatchHandler {
  readonly head = Promise.withResolvers<Head>();
  /** Resolves when nothing more happens: the connection can be used again, or is gone. */
  readonly over = Promise.withResolvers<void>();
  /** Runs while the server is being waited for. */
  readonly watch: Clock;
  readonly #explain: (error: unknown) => unknown;
  readonly #signal: AbortSignal | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: Error | undefined;
  #hasEnded = false;
  #ending: { readonly failure: unknown } | undefined;
  readonly #chunks: Buffer[] = [];
  #filling: Buffer | undefined;
  #filled = 0;
  #size = CHUNK_SIZE; // most answers are no larger
  #read: ArrayBuffer | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param patience how long the server may let nothing happen, in milliseconds; 0 forever.
   * @param explain says what went wrong, in the caller's words.
   * @param minRate the least that has to come of a body, in bytes a second.
   */
  constructor(
    host: string,
    patience: number,
    explain: (error: unknown) => unknown,
    signal: AbortSignal | undefined,
    minRate?: number,
  ) {
    this.#explain = explain;
    this.#signal = signal;
    const stop = (came: number): void => this.stop(stalledError(host, patience, came));
    this.watch = createClock(patience, stop, minRate);
    this.watch.wait();
    signal?.addEventListener("abort", this.#abort, { once: true });
  }

  /** Breaks it off, unless it is over. */
  stop(reason: Error): void {
    if (this.#hasEnded || this.#stopped) return;
    this.#stopped = reason;
    this.#finish(reason);
    this.#controller?.abort(reason); // before it is there, nothing has been sent
  }

  /** Reads the body, once; a chunk is the reader's until it asks for the next. */
  async *read(): ByteStream {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          if (!this.#hasEnded) this.#controller!.resume();
          yield chunk;
          returnBuffer(Buffer.from(chunk.buffer));
        } else if (this.#ending !== undefined) {
          if (this.#ending.failure !== undefined) throw this.#ending.failure;
          return;
        } else {
          this.watch.wait();
          await new Promise<void>((resolve) => this.#wake = resolve);
          this.watch.rest();
        }
      }
    } finally {
      this.stop(new Error("it was not read to its end"));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped) controller.abort(this.#stopped);
  }

  onResponseStart(
    _: unknown,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.watch.rest();
    this.watch.measure();
    const texts: Record<string, string | undefined> = Object.create(null);
    for (const [name, value] of Object.entries(headers)) {
      for (const one of [value ?? []].flat()) addHeader(texts, name, one);
    }
    this.head.resolve({ status, headers: texts });
  }

  /** Copies: a piece has 16 or 64 KiB, and each would cost all who read a turn of the event loop. */
  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    this.watch.refresh(piece.length);
    for (let at = 0; at < piece.length;) {
      const filling = this.#filling ??= lendBuffer(this.#size);
      const part = piece.subarray(at, at + filling.length - this.#filled);
      filling.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === filling.length) this.#flush();
    }
    this.#free(piece);
    if (this.#chunks.length >= AHEAD) controller.pause();
  }

  /**
   * Gives back the memory of the read before, if all of it was body: that has been parsed to its end.
   * The garbage collector does not see how large it is, and would let 20 MiB more gather.
   */
  #free({ buffer, byteLength }: Uint8Array): void {
    this.#read?.transfer(0);
    const isWhole = byteLength > 0 && byteLength === buffer.byteLength;
    this.#read = isWhole && buffer instanceof ArrayBuffer ? buffer : undefined;
  }

  onResponseEnd(): void {
    this.#hasEnded = true;
    // undici takes a turn until the connection can be used again: sooner we would open another.
    queueMicrotask(() => setImmediate(() => this.#finish()));
  }

  onResponseError(_: unknown, error: Error): void {
    if (this.#stopped) return;
    this.#stopped = error;
    this.#finish(error);
  }

  readonly #abort = (): void => this.stop(this.#signal!.reason);

  #finish(error?: Error): void {
    this.watch.stop();
    this.#signal?.removeEventListener("abort", this.#abort);
    const isAborted = this.#signal?.aborted && error !== undefined;
    const failure = isAborted ? this.#signal.reason : error && this.#explain(error);
    this.#ending = { failure };
    this.#flush(); // what came counts: the rest is asked for from there on
    this.over.resolve();
    this.head.reject(failure); // which is nothing new after an answer
  }

  #flush(): void {
    if (this.#filling !== undefined) this.#chunks.push(this.#filling.subarray(0, this.#filled));
    this.#filling = undefined;
    this.#filled = 0;
    this.#size = LARGE;
    this.#wake?.();
  }
}
