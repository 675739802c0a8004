/** A blob on its way out: from any place on, as often as it takes, and proved before its last byte. */
import type { ByteStream } from "../../../src/bytes/stream.ts";
import type { Content } from "../../../src/image/content.ts";
import { joinChunks } from "../../../src/bytes/rechunk.ts";

export interface Outgoing {
  readonly size: number;
  /** The bytes from there on. The last chunk waits until the whole content is verified. */
  from(offset: number): ByteStream;
  /** The error of content that could not be read, if so: the registry is not to blame. */
  readonly failure: { readonly error: unknown } | undefined;
}

export function createOutgoing(content: Content): Outgoing {
  const { size } = content.descriptor;
  let failure: { error: unknown } | undefined;
  const verified = async function* (offset: number): ByteStream {
    let seen = 0;
    let last: Uint8Array | undefined;
    try {
      for await (const chunk of content.open()) {
        const part = chunk.subarray(Math.max(0, offset - seen));
        seen += chunk.length;
        if (part.length === 0) continue; // what was kept is still the last
        if (seen >= size) last = Buffer.from(part); // a copy: the buffer is lent until the next
        else yield part;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
    if (last !== undefined) yield last;
  };
  return {
    size,
    from: (offset) => joinChunks(verified(offset)),
    get failure() {
      return failure;
    },
  };
}

/** Pieces of one stream, one after the other. */
export interface Cutter {
  /** The next so many bytes. */
  take(bytes: number): ByteStream;
  /** The stream is no longer needed. */
  stop(): Promise<void>;
}

export function createCutter(stream: ByteStream): Cutter {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  return {
    async *take(bytes) {
      for (let left = bytes; left > 0;) {
        const chunk = rest ?? (await iterator.next()).value as Uint8Array | undefined;
        if (chunk === undefined) return;
        rest = chunk.length > left ? chunk.subarray(left) : undefined;
        yield chunk.subarray(0, left);
        left -= Math.min(left, chunk.length);
      }
    },
    stop: async () => void await iterator.return?.(),
  };
}
