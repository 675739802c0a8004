/** Frames to read, as `zstd` would write them. */
import { constants, zstdCompressSync } from "node:zlib";

/** One frame with a checksum. */
export function frame(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** A skippable frame, of any of the 16 magics. */
export function skippable(payload: Uint8Array, nibble = 0): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + nibble, 0);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A frame header by hand: descriptor and what follows it. */
export function header(...bytes: number[]): Buffer {
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...bytes]);
}
