/** A stream whose beginning is waited for before anybody is promised the rest. */
import type { ByteStream } from "../bytes/stream.ts";

/**
 * Reads the first chunk of a stream, and gives a stream of all of it, to be read once. What cannot be
 * opened or made fails here, where it can still be answered.
 */
export async function beginStream(stream: ByteStream): Promise<ByteStream> {
  const iterator = stream[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<Uint8Array>> | undefined = Promise.resolve(
    await iterator.next(),
  );
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    const result = first ?? iterator.next();
    first = undefined;
    return result;
  };
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    await iterator.return?.();
    return { done: true, value: undefined };
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) };
}
