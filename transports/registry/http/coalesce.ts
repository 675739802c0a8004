/** Small pieces into large chunks, in buffers that are used again; large pieces pass as they are. */
import { lendBuffer, returnBuffer } from "../../../src/bytes/pool.ts";
import { type ByteStream, CHUNK_SIZE } from "../../../src/bytes/stream.ts";

export interface Coalescer {
  /** Keeps the piece if it is large, and copies it otherwise; whether it has copied it. */
  add(piece: Uint8Array): boolean;
  /** What is collected is a chunk, full or not. */
  flush(): void;
  /** How many bytes wait in chunks. */
  readonly waiting: number;
  take(): Uint8Array | undefined;
  /** Nobody reads the chunk any more. `false` when it is a piece that passed as it was. */
  giveBack(chunk: Uint8Array): boolean;
  /** Nobody reads any chunk any more. */
  stop(): void;
}

// Sockets give 64 KiB at a time: copying those costs more than passing them on. TLS gives 16.
const LARGE = 32 * 1024;

/** Collects into chunks of {@link CHUNK_SIZE} bytes. */
export function coalescer(): Coalescer {
  const ready: Uint8Array[] = [];
  const lent = new Map<ArrayBufferLike, Buffer>();
  let waiting = 0;
  let filling: Buffer | undefined;
  let filled = 0;
  const push = (chunk: Uint8Array): void => {
    ready.push(chunk);
    waiting += chunk.length;
  };
  const borrow = (): Buffer => {
    const buffer = lendBuffer(CHUNK_SIZE);
    lent.set(buffer.buffer, buffer);
    return buffer;
  };
  const flush = (): void => {
    if (filled > 0) push(filling!.subarray(0, filled));
    filling = undefined;
    filled = 0;
  };
  return {
    flush,
    get waiting() {
      return waiting;
    },
    add(piece) {
      if (filled === 0 && piece.length >= LARGE) {
        push(piece);
        return false;
      }
      for (let at = 0; at < piece.length;) {
        filling ??= borrow();
        const part = piece.subarray(at, at + CHUNK_SIZE - filled);
        filling.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === CHUNK_SIZE) flush();
      }
      return true;
    },
    take() {
      const chunk = ready.shift();
      waiting -= chunk?.length ?? 0;
      return chunk;
    },
    giveBack(chunk) {
      const buffer = lent.get(chunk.buffer);
      if (buffer === undefined) return false;
      returnBuffer(buffer);
      return lent.delete(chunk.buffer);
    },
    stop() {
      ready.length = waiting = filled = 0;
      filling = undefined;
      for (const buffer of lent.values()) returnBuffer(buffer);
      lent.clear();
    },
  };
}

/** The stream in large chunks. */
export async function* inLargeChunks(stream: ByteStream): ByteStream {
  const chunks = coalescer();
  const drain = function* () {
    for (let chunk = chunks.take(); chunk; chunk = chunks.take()) {
      yield chunk;
      chunks.giveBack(chunk);
    }
  };
  try {
    for await (const piece of stream) {
      chunks.add(piece);
      if (chunks.waiting > 0) yield* drain();
    }
    chunks.flush();
    yield* drain();
  } finally {
    chunks.stop();
  }
}
