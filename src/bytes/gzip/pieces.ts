/** Cuts streams into the pieces that are deflated. */
import { PIECE, type Piece, WINDOW } from "./deflater.ts";
import { AT_A_TIME } from "./deflating.ts";
import type { ByteStream } from "../stream.ts";

/** Memory for pieces, which is used again: those that are deflated, and two that streams are filling. */
const KEPT = AT_A_TIME + 2;

const spare: SharedArrayBuffer[] = [];

/** Lends memory for a piece, with any content. */
function lendMemory(): SharedArrayBuffer {
  return spare.pop() ?? new SharedArrayBuffer(WINDOW + PIECE);
}

/** Takes memory back. */
export function returnMemory(memory: SharedArrayBuffer): void {
  if (spare.length < KEPT) spare.push(memory);
}

/** Cuts a stream into pieces of 1 MiB, whatever its chunks; the last one may be shorter. None is empty. */
export async function* cutPieces(stream: ByteStream, level: number): AsyncIterable<Piece> {
  const before = new Uint8Array(WINDOW);
  let window = 0;
  let memory: SharedArrayBuffer | undefined;
  let bytes: Uint8Array = before;
  let size = 0;
  const end = (): Piece => {
    const piece = { memory: memory!, window, size, level };
    if (size === PIECE) before.set(bytes.subarray(PIECE));
    memory = undefined;
    window = WINDOW;
    size = 0;
    return piece;
  };
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      if (memory === undefined) {
        memory = lendMemory();
        bytes = new Uint8Array(memory);
        if (window > 0) bytes.set(before);
      }
      const count = Math.min(PIECE - size, chunk.length - at);
      bytes.set(chunk.subarray(at, at + count), WINDOW + size);
      at += count;
      size += count;
      if (size === PIECE) yield end();
    }
  }
  if (memory !== undefined) yield end();
}
