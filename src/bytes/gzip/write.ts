/**
 * Writes gzip on all cores, as pigz does: pieces are deflated side by side, and their outputs, each
 * ended by a sync flush, are one deflate stream in one member.
 */
import { lendBuffer, returnBuffer } from "../pool.ts";
import { type ByteStream, CHUNK_SIZE, watchStream } from "../stream.ts";
import type { Piece } from "./deflater.ts";
import { AT_A_TIME, compressPiece, isPoolBusy } from "./deflating.ts";
import { createTrailer, GZIP_HEADER } from "./member.ts";
import { cutPieces, returnMemory } from "./pieces.ts";

/** An empty last block with fixed codes: ends the deflate stream after any sync flush. */
const END = Uint8Array.of(0x03, 0x00);

/** A piece that is being deflated, and how many bytes it becomes. */
interface Deflating {
  readonly piece: Piece;
  readonly made: Promise<number>;
}

/**
 * Compresses the stream to one gzip member. The bytes depend on content and level only.
 * @param level 1 to 9.
 */
export async function* compressGzip(stream: ByteStream, level: number): ByteStream {
  const sum = createTrailer();
  const deflating: Deflating[] = [];
  const out = lendBuffer(CHUNK_SIZE);
  // Where there are no threads, no more are kept, either.
  const isEnough = () => deflating.length >= AT_A_TIME || deflating.length > 0 && isPoolBusy();
  yield GZIP_HEADER;
  try {
    for await (const piece of cutPieces(watchStream(stream, sum.add), level)) {
      deflating.push(beginPiece(piece));
      while (isEnough()) yield* takeOut(deflating.shift()!, out);
    }
    while (deflating.length > 0) yield* takeOut(deflating.shift()!, out);
    yield Buffer.concat([END, sum.bytes()]);
  } finally {
    returnBuffer(out);
    for (const { piece, made } of deflating) {
      const end = () => returnMemory(piece.memory);
      made.then(end, end);
    }
  }
}

function beginPiece(piece: Piece): Deflating {
  const made = compressPiece(piece);
  // It may fail before it is awaited; whatever awaits it later still gets the error.
  made.catch(() => {});
  return { piece, made };
}

/** Waits for a piece and copies it, bit by bit, to where others than our own code can read it. */
async function* takeOut({ piece: { memory }, made }: Deflating, out: Buffer): ByteStream {
  const size = await made;
  try {
    for (let at = 0; at < size; at += out.length) {
      const count = Math.min(out.length, size - at);
      out.set(new Uint8Array(memory, at, count));
      yield out.subarray(0, count);
    }
  } finally {
    returnMemory(memory);
  }
}
