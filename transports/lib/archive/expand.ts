/** Decompression that stops before a bomb fills the disk. */
import { detectCompression, HEAD_SIZE, peekStream } from "../../../src/bytes/detect.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { unpackKind } from "../../../src/bytes/unpack.ts";

// Real archives shrink to a third. What stays small is not an attack, though it be all zeros.
const RATIO = 200;
const HARMLESS = 1024 ** 3;

/**
 * Returns the stream, decompressed if it is compressed.
 * @param harmless how many bytes may come out, whatever went in.
 * @param signal ends a program that does not answer.
 * @throws from the stream, NixociError `LIMIT` for a bomb, and as `unpackStream` does.
 */
export async function* expand(
  stream: ByteStream,
  harmless: number = HARMLESS,
  signal?: AbortSignal,
): ByteStream {
  const { head, stream: whole } = await peekStream(stream, HEAD_SIZE);
  const kind = detectCompression(head);
  if (kind === "none") return yield* whole;
  let packed = 0;
  let unpacked = 0;
  const counted = countBytes(whole, (size) => packed += size);
  for await (const chunk of unpackKind(counted, kind, signal)) {
    unpacked += chunk.length;
    if (unpacked > harmless && unpacked > packed * RATIO) {
      throw new NixociError("LIMIT", `the ${kind} stream unpacks to over ${RATIO} times its size`, {
        hint: `if it is to be trusted, unpack it with ${kind} -d first`,
      });
    }
    yield chunk;
  }
}

async function* countBytes(stream: ByteStream, count: (size: number) => void): ByteStream {
  for await (const chunk of stream) {
    count(chunk.length);
    yield chunk;
  }
}
