/**
 * Reads gzip: any number of members, one after another, as GNU gzip and Go read them.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.2
 */
import { createGunzip, type Gunzip } from "node:zlib";
import { NixociError } from "../../base/errors.ts";
import { runCodec, type WriteBytes } from "../codec.ts";
import { joinChunks } from "../rechunk.ts";
import { type ByteStream, CHUNK_SIZE } from "../stream.ts";

/**
 * Decompresses gzip. Zeros after the last member are padding (tapes and block devices need it; GNU
 * gzip ignores it silently); anything else there is an error, although GNU gzip only warns.
 * @throws from the stream, NixociError `MALFORMED` when it is cut off, corrupt or followed by other
 * bytes.
 */
export async function* decompressGzip(stream: ByteStream): ByteStream {
  // zlib's own 16 KiB halves the speed.
  const engine = createGunzip({ chunkSize: CHUNK_SIZE });
  yield* runCodec(engine, (write) => feedGunzip(engine, joinChunks(stream), write), explainError);
}

async function feedGunzip(engine: Gunzip, stream: ByteStream, write: WriteBytes): Promise<void> {
  let fed = 0;
  let ended = false;
  for await (const chunk of stream) {
    let after = chunk;
    if (!ended) {
      await write(chunk);
      fed += chunk.length;
      // zlib goes on to the next member by itself, but leaves what begins with a zero.
      after = chunk.subarray(chunk.length - (fed - engine.bytesWritten));
      ended = after.length > 0;
    }
    if (!after.every((byte) => byte === 0)) {
      throw new NixociError("MALFORMED", "the gzip data is followed by bytes that are not gzip");
    }
  }
}

function explainError(error: unknown): NixociError {
  const message = error instanceof Error ? error.message : String(error);
  const what = (error as NodeJS.ErrnoException).code === "Z_BUF_ERROR"
    ? "the gzip data is truncated"
    : `the gzip data is corrupt: ${message}`;
  return new NixociError("MALFORMED", what, { cause: error });
}
