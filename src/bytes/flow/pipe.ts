/** Turns writing into reading: what one side writes, the other pulls, one chunk at a time. */
import { NixociError } from "../../base/errors.ts";
import type { ByteStream } from "../stream.ts";

/** Both ends of a pipe. Nothing is copied and nothing is kept: a write waits for its reader. */
export interface Pipe {
  /**
   * Resolves when the reader is done with the bytes (it asks for more): the buffer is then the
   * caller's again. Rejects when the pipe has failed, or its reader has left.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** There is no more to come. */
  end(): void;
  /** Breaks both ends: a write that waits, and every later one, rejects with this error. */
  fail(error: unknown): void;
  /** What is written, for one reader. */
  readonly stream: ByteStream;
}

type ReadResult = IteratorResult<Uint8Array, undefined>;
type Waiter<T> = PromiseWithResolvers<T>;

const DONE: ReadResult = { done: true, value: undefined };

/** An open pipe. */
export function pipe(): Pipe {
  /** The write that waits: its chunk is with the reader once `given`. */
  let writer: { bytes: Uint8Array; given: boolean; waiting: Waiter<void> } | undefined;
  let reader: Waiter<ReadResult> | undefined;
  let ended = false;
  let broken: { error: unknown } | undefined;

  const fail = (error: unknown): void => {
    broken ??= { error };
    writer?.waiting.reject(broken.error);
    reader?.reject(broken.error);
    writer = reader = undefined;
  };

  const next = (): Promise<ReadResult> => {
    if (writer?.given) {
      writer.waiting.resolve();
      writer = undefined;
    }
    if (broken !== undefined) return Promise.reject(broken.error);
    if (writer !== undefined) {
      writer.given = true;
      return Promise.resolve({ done: false, value: writer.bytes });
    }
    if (ended) return Promise.resolve(DONE);
    reader = Promise.withResolvers<ReadResult>();
    return reader.promise;
  };

  const leave = (): Promise<ReadResult> => {
    if (!ended) fail(new NixociError("IO", "the reader went away"));
    return Promise.resolve(DONE);
  };

  return {
    write(bytes) {
      if (broken !== undefined) return Promise.reject(broken.error);
      if (bytes.length === 0) return Promise.resolve();
      writer = { bytes, given: reader !== undefined, waiting: Promise.withResolvers<void>() };
      const { promise } = writer.waiting;
      reader?.resolve({ done: false, value: bytes });
      reader = undefined;
      return promise;
    },
    end() {
      ended = true;
      reader?.resolve(DONE);
      reader = undefined;
    },
    fail,
    stream: { [Symbol.asyncIterator]: () => ({ next, return: leave }) },
  };
}
