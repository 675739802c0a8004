/** Small pieces into large chunks, in buffers that are used again. */
import { type ByteStream, CHUNK_SIZE } from "../../../src/bytes/stream.ts";

export interface Coalescer {
  /** Copies the piece. */
  add(piece: Uint8Array): void;
  /** What is collected is a chunk, full or not. */
  flush(): void;
  /** Chunks that wait. */
  readonly waiting: number;
  /** Nothing waits, and nothing is begun. */
  readonly isEmpty: boolean;
  take(): Uint8Array | undefined;
  /** The chunk's buffer may be filled again. */
  giveBack(chunk: Uint8Array): void;
}

/** Collects into chunks of so many bytes. */
export function coalescer(size: number): Coalescer {
  const full: Uint8Array[] = [];
  const spare: Uint8Array[] = [];
  let filling: Uint8Array | undefined;
  let filled = 0;
  const flush = (): void => {
    if (filled === 0) return;
    full.push(filling!.subarray(0, filled));
    filling = undefined;
    filled = 0;
  };
  return {
    flush,
    get waiting() {
      return full.length;
    },
    get isEmpty() {
      return filled === 0 && full.length === 0;
    },
    add(piece) {
      for (let at = 0; at < piece.length;) {
        filling ??= spare.pop() ?? Buffer.allocUnsafeSlow(size);
        const part = piece.subarray(at, at + size - filled);
        filling.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === size) flush();
      }
    },
    take: () => full.shift(),
    giveBack(chunk) {
      if (chunk.length === size) spare.push(chunk);
    },
  };
}

/** The stream in large chunks: those that are large pass as they are, small ones are collected. */
export async function* inLargeChunks(stream: ByteStream): ByteStream {
  const chunks = coalescer(CHUNK_SIZE);
  const drain = function* () {
    for (let chunk = chunks.take(); chunk; chunk = chunks.take()) {
      yield chunk;
      chunks.giveBack(chunk);
    }
  };
  for await (const chunk of stream) {
    if (chunks.isEmpty && chunk.length >= CHUNK_SIZE / 2) {
      yield chunk;
      continue;
    }
    chunks.add(chunk);
    if (chunks.waiting > 0) yield* drain();
  }
  chunks.flush();
  yield* drain();
}
