/** Reads standard input. */
import process from "node:process";
import { addAbortSignal } from "node:stream";
import type { ByteStream } from "../stream.ts";

/**
 * Reads standard input to its end, once.
 * @throws from the stream, the signal's reason, though nothing may ever come.
 */
export async function* readInput(signal?: AbortSignal): ByteStream {
  signal?.throwIfAborted();
  if (signal) addAbortSignal(signal, process.stdin);
  try {
    yield* process.stdin;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
