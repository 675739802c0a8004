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

/** The time that a compressor without work is kept, in milliseconds. */
const KEPT = 1000;

/** Compressors without work, the last one used at the end, each with what closes it. */
const idle = new Map<Compressor, NodeJS.Timeout>();

/** Lends a compressor that is between two frames: the last one used, so that those too many are closed. */
export function lendCompressor(level: number): Compressor {
  const compressor = [...idle.keys()].findLast((one) => one.level === level);
  if (compressor === undefined) return openCompressor(level);
  clearTimeout(idle.get(compressor));
  idle.delete(compressor);
  return compressor;
}

/** Takes a compressor back, which has ended its frame and given all of it. */
export function returnCompressor(compressor: Compressor): void {
  const closing = setTimeout(() => {
    idle.delete(compressor);
    compressor.engine.destroy();
  }, KEPT);
  idle.set(compressor, closing.unref());
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
