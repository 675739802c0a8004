/**
 * Zstandard compressors that are used again. Each has a context of some megabytes, and where one was
 * made for each layer, malloc kept several of them for each thread of libuv's.
 */
import { constants, createZstdCompress, type ZstdCompress } from "node:zlib";
import { type CallCodec, createCaller } from "../codec.ts";
import { CHUNK_SIZE } from "../stream.ts";

/** A compressor, which begins a frame with the first bytes that it gets after the last one's end. */
export interface Compressor {
  readonly level: number;
  readonly engine: ZstdCompress;
  readonly call: CallCodec;
}

/** The time that compressors without work are kept, in milliseconds. */
const KEPT = 1000;

const idle = new Set<Compressor>();
let closing: NodeJS.Timeout | undefined;

/** Lends a compressor that is between two frames. */
export function lendCompressor(level: number): Compressor {
  for (const compressor of idle) {
    if (compressor.level !== level) continue;
    idle.delete(compressor);
    return compressor;
  }
  return openCompressor(level);
}

/** Takes a compressor back, which has ended its frame and given all of it. */
export function returnCompressor(compressor: Compressor): void {
  idle.add(compressor);
  clearTimeout(closing);
  closing = setTimeout(() => {
    for (const { engine } of idle) engine.destroy();
    idle.clear();
  }, KEPT).unref();
}

function openCompressor(level: number): Compressor {
  const engine = createZstdCompress({
    chunkSize: CHUNK_SIZE,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
      // Never ZSTD_c_nbWorkers: node:zlib corrupts the output with it.
    },
  });
  return { level, engine, call: createCaller(engine) };
}
