/** Compressed streams, read and written: the one door to gzip and zstd. */
import type { Compression } from "./detect.ts";
import type { ByteStream } from "./stream.ts";

/** How much to decompress at most. */
export interface DecompressOptions {
  /** Fail with `LIMIT` once more bytes than this come out. Memory stays flat without it, too. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/** How to compress. */
export interface CompressOptions {
  /**
   * `gzip` uses all cores; its bytes depend on the content, the level and the runtime's zlib.
   * `gzip-portable` is slow and makes the same bytes on every runtime. `zstd` carries a checksum.
   */
  readonly kind: "gzip" | "gzip-portable" | "zstd";
  /** 1 to 9 for gzip (default 4; portable 6), 1 to 19 for zstd (default 3). */
  readonly level?: number;
  readonly signal?: AbortSignal;
}

/**
 * What was compressed; the kind given, or else told from the first bytes (`none` passes through).
 * Reads gzip of several members and zstd of several frames.
 * @throws from the stream, NixociError `MALFORMED` for bytes that are truncated, corrupt or
 * followed by garbage, `UNSUPPORTED` for bzip2, xz and dictionaries, `LIMIT` past `maxBytes` or for
 * a zstd window over 128 MiB.
 */
export declare function decompress(
  stream: ByteStream,
  kind?: Compression,
  options?: DecompressOptions,
): ByteStream;

/**
 * The stream, compressed. The bytes do not depend on the sizes of the chunks that come in.
 * @throws from the stream, what the stream given throws.
 */
export declare function compress(stream: ByteStream, options: CompressOptions): ByteStream;
