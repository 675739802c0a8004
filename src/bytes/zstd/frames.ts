/**
 * Where Zstandard frames begin and end. `node:zlib` reads one frame, drops those that follow it,
 * returns nothing after a leading skippable one, and does not notice a missing end; so the frames
 * are walked here, by their headers, and their bytes passed on as they come.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
import type { ByteStream } from "../stream.ts";
import {
  BLOCK_HEADER,
  type FrameHeader,
  LONGEST_HEADER,
  parseBlockHeader,
  parseFrameHeader,
  truncated,
} from "./header.ts";

/** One frame; `bytes` must be read to the end before the next frame is asked for. */
export interface Frame {
  readonly header: FrameHeader;
  /** The frame from its magic to its checksum. */
  readonly bytes: ByteStream;
}

/**
 * The frames that hold something, in their order; skippable ones are left out.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED` or `LIMIT`, as `parseFrameHeader` does.
 */
export async function* frames(stream: ByteStream): AsyncIterable<Frame> {
  const input = new Input(stream);
  try {
    if (!await input.has(1)) throw truncated();
    do {
      await input.has(LONGEST_HEADER);
      const header = parseFrameHeader(input.bytes);
      if (header.skippable) await skip(input, header.length);
      else yield { header, bytes: frameBytes(input, header) };
    } while (await input.has(1));
  } finally {
    await input.close();
  }
}

async function skip(input: Input, length: number): Promise<void> {
  for (let left = length; left > 0;) {
    if (!await input.has(1)) throw truncated();
    left -= input.take(left).length;
  }
}

/**
 * The bytes of one frame in pieces as large as the chunks that come in: `end` runs ahead from block
 * to block, and what it has passed is given out when the next header is not at hand.
 */
async function* frameBytes(input: Input, frame: FrameHeader): ByteStream {
  let end = frame.length;
  for (let last = false; !last;) {
    while (end + BLOCK_HEADER > input.bytes.length) {
      const passed = input.take(end);
      end -= passed.length;
      if (passed.length > 0) yield passed;
      if (!await input.has(end > 0 ? 1 : BLOCK_HEADER)) throw truncated();
    }
    const block = parseBlockHeader(input.bytes, end);
    end += BLOCK_HEADER + block.size;
    last = block.last;
  }
  for (end += frame.checksum; end > 0;) {
    if (!await input.has(1)) throw truncated();
    const passed = input.take(end);
    end -= passed.length;
    yield passed;
  }
}

/** A stream read by need: what has come in and is not yet taken lies in `bytes`. */
class Input {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(stream: ByteStream) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** Reads on until there are `count` bytes; `false` if the stream ends before. */
  async has(count: number): Promise<boolean> {
    while (this.bytes.length < count) {
      const next = await this.#source.next();
      if (next.done) return false;
      this.bytes = this.bytes.length === 0 ? next.value : Buffer.concat([this.bytes, next.value]);
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
