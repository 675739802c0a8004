/** Has pieces deflated on all cores: by threads that all streams share, and that end when they idle. */
import { availableParallelism } from "node:os";
import { openWorkers, type Workers } from "../flow/workers.ts";
import { createDeflater, type Deflater, type Piece } from "./deflater.ts";

/** A stream that has no more bytes than this in all is deflated here: a thread takes longer to start. */
const SMALL = 256 * 1024;

/** The pieces that are deflated at a time: one for each thread, and the one that it does next. */
export const AT_A_TIME = 2 * availableParallelism();

/** The time that threads without work are kept, in milliseconds. */
const KEPT = 1000;

let pool: Workers<Piece, number> | undefined;
let closing: NodeJS.Timeout | undefined;
let here: Deflater | undefined;
let deflating = 0;

/** Tells whether threads can be had: they cannot where this code is in a bundle without theirs. */
let hasThreads: boolean | undefined;

/** Tells whether all threads have a piece, and the one that they do next. */
export function isPoolBusy(): boolean {
  return deflating >= AT_A_TIME;
}

/** Deflates a piece, here or on a thread, and returns how many bytes it has become. */
export async function compressPiece(piece: Piece): Promise<number> {
  const isSmall = piece.window === 0 && piece.size <= SMALL && pool === undefined;
  if (isSmall || hasThreads === false) return compressHere(piece);
  deflating++;
  try {
    const size = await openPool().run(piece);
    hasThreads = true;
    return size;
  } catch (error) {
    // A thread that has never run has left the piece as it was.
    if (hasThreads) throw error;
    hasThreads = false;
    return compressHere(piece);
  } finally {
    if (--deflating === 0) closeLater();
  }
}

function compressHere(piece: Piece): number {
  here ??= createDeflater();
  return here(piece);
}

function openPool(): Workers<Piece, number> {
  clearTimeout(closing);
  return pool ??= openWorkers(new URL("./deflate-worker.ts", import.meta.url), { ahead: 1 });
}

function closeLater(): void {
  closing = setTimeout(() => {
    const idle = pool;
    pool = undefined;
    void idle?.[Symbol.asyncDispose]();
  }, KEPT).unref();
}
