/**
 * Deflates pieces, in WebAssembly: the same bytes on every runtime and machine. The code is compiled
 * from tools/deflate; V8 has it once, whatever the number of threads that run it.
 * @see https://www.rfc-editor.org/rfc/rfc1951
 */
import { DEFLATE_CODE } from "./deflate-code.ts";
import { LEVELS } from "./levels.ts";

/** The most bytes of a piece. Smaller ones begin with an empty memory too often, larger ones cost memory. */
export const PIECE = 1024 * 1024;

/** The distance that deflate looks back: the last 32 KiB before a piece are looked for in it, too. */
export const WINDOW = 32 * 1024;

/** A piece of a stream. */
export interface Piece {
  /** Its bytes, behind room for the window; then what is made of them, from the beginning on. */
  readonly memory: SharedArrayBuffer;
  /** The number of bytes before the piece that are there: none, or all 32 KiB. */
  readonly window: number;
  /** The number of bytes of the piece. */
  readonly size: number;
  /** 1 to 9. */
  readonly level: number;
}

/**
 * Puts deflated bytes, which end with a sync flush, in the place of a piece's own; returns how many.
 * They are at most 6 for each 16 KiB, and 16, more than it had.
 */
export type Deflater = (piece: Piece) => number;

/** The exports of the code: see tools/deflate/code/main.ts. */
interface DeflateExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly INPUT: { readonly value: number };
  readonly OUTPUT: { readonly value: number };
  // deno-fmt-ignore
  deflate(window: number, size: number, depth: number, nice: number, lazy: number, skip: number,
    short: boolean, dense: number): number;
}

/** The part of WebAssembly that is used, whose types TypeScript has for browsers alone. */
interface Assembly {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** Makes a deflater, which has 3 MB of memory. */
export function createDeflater(): Deflater {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly;
  const code = new Module(Buffer.from(DEFLATE_CODE, "base64"));
  const exports = new Instance(code).exports as DeflateExports;
  const bytes = new Uint8Array(exports.memory.buffer);
  const [input, output] = [exports.INPUT.value, exports.OUTPUT.value];
  return ({ memory, window, size, level }) => {
    const shared = new Uint8Array(memory);
    bytes.set(shared.subarray(WINDOW - window, WINDOW + size), input - window);
    const { depth, nice, lazy, skip, short, dense } = LEVELS[level - 1]!;
    const end = exports.deflate(window, size, depth, nice, lazy, skip, short, dense);
    shared.set(bytes.subarray(output, end));
    return end - output;
  };
}
