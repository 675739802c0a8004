/**
 * Frames deflated bytes as a gzip member.
 * @see https://www.rfc-editor.org/rfc/rfc1952#section-2.3
 */
import { crc32 } from "node:zlib";

/** A header without anything that varies: deflate, no flags, no time, an unknown system (255). */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** The trailer of a member, which sums up the member's bytes. */
export interface GzipTrailer {
  add(bytes: Uint8Array): void;
  /** Returns the CRC-32 and the length modulo 2^32, little-endian. */
  bytes(): Buffer;
}

/** Makes the trailer of a member that is being written. */
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
