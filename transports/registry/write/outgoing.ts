/** A blob on its way out: from any place on, as often as it takes, and proved before its last byte. */
import { explainStream } from "../../../src/bytes/pour.ts";
import { skipBytes } from "../../../src/bytes/rechunk.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import type { Content } from "../../../src/image/content.ts";

export interface Outgoing {
  readonly size: number;
  /** The bytes from there on. The last one comes when the whole content is verified. */
  from(offset: number): ByteStream;
  /** The error of content that could not be read, if so: the registry is not to blame. */
  readonly failure: { readonly error: unknown } | undefined;
}

export function createOutgoing(content: Content): Outgoing {
  let failure: { error: unknown } | undefined;
  const note = (error: unknown): unknown => {
    failure = { error };
    return error;
  };
  return {
    size: content.descriptor.size,
    from: (offset) => skipBytes(explainStream(content.open(), note), offset),
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
