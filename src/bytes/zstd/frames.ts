/**
 * Finds the ends of Zstandard frames. `node:zlib` reads one frame, drops those that follow it, returns
 * nothing after a leading skippable one, and does not notice a missing end; so the frames are
 * separated here, by their headers, and their bytes passed on as they come.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
import { type ByteStream, drainStream } from "../stream.ts";
import {
  BLOCK_HEADER,
  type FrameHeader,
  LONGEST_HEADER,
  parseBlockHeader,
  parseFrameHeader,
  truncatedError,
} from "./header.ts";

/** One frame; `bytes` must be read to the end before the next frame is asked for. */
export interface ZstdFrame {
  readonly header: FrameHeader;
  /** The frame from its magic to its checksum. */
  readonly bytes: ByteStream;
}

/**
 * Yields the frames that hold something, in their order; skippable ones are left out.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED` or `LIMIT`, as `parseFrameHeader` does.
 */
export async function* readFrames(stream: ByteStream): AsyncIterable<ZstdFrame> {
  const input = new ZstdInput(stream);
  try {
    if (!await input.has(1)) throw truncatedError();
    do {
      await input.has(LONGEST_HEADER);
      const header = parseFrameHeader(input.bytes);
      if (header.skippable) await drainStream(readBytes(input, header.length));
      else yield { header, bytes: readFrameBytes(input, header) };
    } while (await input.has(1));
  } finally {
    await input.close();
  }
}

/**
 * Yields the bytes of one frame, never two blocks, or a block and the checksum, in one piece: Deno's
 * decoder crashes the process when it finds damage after it has paused for room within a piece.
 */
async function* readFrameBytes(input: ZstdInput, frame: FrameHeader): ByteStream {
  let lead = frame.length;
  for (let last = false; !last;) {
    if (!await input.has(lead + BLOCK_HEADER)) throw truncatedError();
    const block = parseBlockHeader(input.bytes, lead);
    yield* readBytes(input, lead + BLOCK_HEADER + block.size);
    last = block.last;
    lead = 0;
  }
  yield* readBytes(input, frame.checksum);
}

/** Yields the next `count` bytes, as they come. */
async function* readBytes(input: ZstdInput, count: number): ByteStream {
  for (let left = count; left > 0;) {
    if (!await input.has(1)) throw truncatedError();
    const piece = input.take(left);
    left -= piece.length;
    yield piece;
  }
}

/** A stream that is read as needed: `bytes` holds what has come and is not yet taken. */
class ZstdInput {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(stream: ByteStream) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** Reads on until there are `count` bytes; `false` if the stream ends before. */
  async has(count: number): Promise<boolean> {
    while (this.bytes.length < count) {
      // Asking for a chunk takes away the buffer of the one before.
      const held = this.bytes = Buffer.from(this.bytes);
      const next = await this.#source.next();
      if (next.done) return false;
      this.bytes = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    }
    return true;
  }

  /** Takes at most `count` of the bytes that are there. */
  take(count: number): Uint8Array {
    const taken = this.bytes.subarray(0, count);
    this.bytes = this.bytes.subarray(taken.length);
    return taken;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
