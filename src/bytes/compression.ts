/** Compresses and decompresses streams: the only way in to gzip and zstd. */
import { NixociError } from "../base/errors.ts";
import { type Compression, detectCompression, HEAD_SIZE, peekStream } from "./detect.ts";
import type { ByteStream } from "./stream.ts";

/** Options of decompressing. */
export interface DecompressOptions {
  /**
   * Fail with `LIMIT` once more bytes than this come out. Memory stays flat without it, too. There
   * is no limit on the ratio: an honest layer of zeros has 1000:1 (gzip) or 30000:1 (zstd).
   */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** Options of compressing. */
export interface CompressOptions {
  /**
   * `gzip` uses all cores; its bytes depend on the content and the level alone. `gzip-portable` is
   * another name for it. `zstd` carries a checksum; its bytes depend on the runtime's zstd, too.
   */
  readonly kind: "gzip" | "gzip-portable" | "zstd";
  /** 1 to 9 for gzip (4 by default), 1 to 19 for zstd (3 by default). */
  readonly level?: number;
  readonly signal?: AbortSignal;
}

/**
 * Decompresses a stream of the kind given, or else of the kind that its first bytes show (`none`
 * passes through). Reads gzip of several members and zstd of several frames.
 * @throws from the stream, NixociError `MALFORMED` for bytes that are truncated, corrupt or
 * followed by others, `UNSUPPORTED` for bzip2, xz and dictionaries, `LIMIT` past `maxBytes` or for
 * a zstd window over 128 MiB.
 */
export function decompressStream(
  stream: ByteStream,
  kind?: Compression,
  options: DecompressOptions = {},
): ByteStream {
  const plain = kind === undefined ? decompressDetected(stream) : decompressKind(stream, kind);
  const { maxBytes = Infinity, signal } = options;
  return maxBytes === Infinity && !signal ? plain : limitBytes(plain, maxBytes, signal);
}

/**
 * Compresses a stream. The bytes do not depend on the sizes of the chunks that come in.
 * @throws NixociError `USAGE` for a level that the kind does not have; from the result, what the
 * stream given throws.
 */
export function compressStream(stream: ByteStream, options: CompressOptions): ByteStream {
  const { kind, signal } = options;
  checkLevel(options);
  const { run, normal } = COMPRESSORS[kind];
  const level = options.level ?? normal;
  return runLoaded(run, signal ? limitBytes(stream, Infinity, signal) : stream, level);
}

/** Proves that the kind has the level, where one is asked for. @throws NixociError `USAGE`. */
export function checkLevel({ kind, level }: Pick<CompressOptions, "kind" | "level">): void {
  const { highest } = COMPRESSORS[kind];
  if (level === undefined || Number.isInteger(level) && level >= 1 && level <= highest) return;
  throw new NixociError("USAGE", `${kind} has no compression level ${level}`, {
    hint: `take one from 1 to ${highest}`,
  });
}

type Codec = (stream: ByteStream, level: number) => ByteStream;

// Codecs are loaded when a stream is first read: most copies need none of them.
const loadGunzip = async () => (await import("./gzip/read.ts")).decompressGzip;
const loadUnzstd = async () => (await import("./zstd/read.ts")).decompressZstd;

async function* runLoaded(load: () => Promise<Codec>, stream: ByteStream, level = 0): ByteStream {
  yield* (await load())(stream, level);
}

const GZIP = {
  run: async () => (await import("./gzip/write.ts")).compressGzip,
  normal: 4,
  highest: 9,
};

const COMPRESSORS = {
  "gzip": GZIP,
  "gzip-portable": GZIP, // from when it was a codec of its own
  "zstd": {
    run: async () => (await import("./zstd/write.ts")).compressZstd,
    normal: 3,
    highest: 19,
  },
};

async function* decompressDetected(stream: ByteStream): ByteStream {
  const { head, stream: whole } = await peekStream(stream, HEAD_SIZE);
  try {
    yield* decompressKind(whole, detectCompression(head));
  } finally {
    await whole[Symbol.asyncDispose]();
  }
}

function decompressKind(
  stream: ByteStream,
  kind: ReturnType<typeof detectCompression>,
): ByteStream {
  if (kind === "none") return stream;
  if (kind === "gzip") return runLoaded(loadGunzip, stream);
  if (kind === "zstd") return runLoaded(loadUnzstd, stream);
  throw new NixociError("UNSUPPORTED", `cannot read ${kind}`, {
    hint: "decompress it first, or use gzip or zstd",
  });
}

async function* limitBytes(stream: ByteStream, limit: number, signal?: AbortSignal): ByteStream {
  let size = 0;
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    size += chunk.length;
    if (size > limit) {
      throw new NixociError("LIMIT", `more than the ${limit} bytes allowed come out`);
    }
    yield chunk;
  }
}
