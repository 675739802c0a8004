/**
 * The frame around deflated bytes.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 */
import { crc32 } from "node:zlib";

/** Deflate, no flags, no time (0), no extra flags, an unknown system (255): nothing that varies. */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** Sums up what goes into a member, for its trailer. */
export interface GzipTrailer {
  add(bytes: Uint8Array): void;
  /** CRC-32 and length modulo 2^32, little-endian. */
  bytes(): Buffer;
}

/** The trailer of a member that is being written. */
export function createTrailer(): GzipTrailer {
  let crc = 0;
  let size = 0;
  return {
    add(bytes) {
      crc = crc32(bytes, crc);
      size += bytes.length;
    },
    bytes() {
      const out = Buffer.alloc(8);
      out.writeUInt32LE(crc, 0);
      out.writeUInt32LE(size % 2 ** 32, 4);
      return out;
    },
  };
}
