/** Turns writing into reading: the reader pulls what the writer writes, one chunk at a time. */
import { NixociError } from "../../base/errors.ts";
import type { ByteStream } from "../stream.ts";

/** Both ends of a pipe in memory. Nothing is copied and nothing is kept: a write waits for its reader. */
export interface Pipe {
  /**
   * Writes a chunk. Resolves when the reader is done with the bytes (it asks for more): the buffer is
   * then the caller's again. Rejects when the pipe has failed, or its reader has left.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the stream: no more will be written. */
  end(): void;
  /** Breaks both ends: the waiting write and every later one reject with this error. */
  fail(error: unknown): void;
  /** The bytes written, for one reader. */
  readonly stream: ByteStream;
}

type ReadResult = IteratorResult<Uint8Array, undefined>;
type Waiter<T> = PromiseWithResolvers<T>;

const DONE: ReadResult = { done: true, value: undefined };

/** Makes a pipe. */
export function createPipe(): Pipe {
  /** The waiting write: the reader has its chunk once `given` is true. */
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
