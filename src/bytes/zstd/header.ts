/**
 * Parses the headers of Zstandard frames and blocks.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
import { NixociError } from "../../base/errors.ts";

/** The length of the longest frame header: magic 4, descriptor 1, window 1, dictionary 4, content size 8. */
export const LONGEST_HEADER = 18;

/** The length of a block's header. */
export const BLOCK_HEADER = 3;

/** The largest window that we accept, which is that of `zstd -d` without options. */
const WINDOW_LIMIT = 128 * 1024 * 1024;

/** A frame whose bytes mean nothing to a decoder; `length` counts its header too. */
export interface SkippableFrame {
  readonly skippable: true;
  readonly length: number;
}

/** A frame that holds compressed bytes. */
export interface FrameHeader {
  readonly skippable: false;
  /** Bytes of this header, magic included. */
  readonly length: number;
  /** Bytes of the checksum at the frame's end: 4 or 0. */
  readonly checksum: number;
  /** The decompressed size of the frame, in bytes, if it says so. */
  readonly contentSize: number | undefined;
}

/**
 * Parses the frame header at the start of the bytes, which are {@link LONGEST_HEADER} or all there are.
 * @throws NixociError `MALFORMED`; `UNSUPPORTED` for a dictionary; `LIMIT` for too large a window.
 */
export function parseFrameHeader(bytes: Uint8Array): FrameHeader | SkippableFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 5) throw truncatedError();
  const magic = view.getUint32(0, true);
  if ((magic & 0xfffffff0) === 0x184d2a50) {
    if (bytes.length < 8) throw truncatedError();
    return { skippable: true, length: 8 + view.getUint32(4, true) };
  }
  if (magic !== 0xfd2fb528) throw corruptError("no frame begins where one should");
  return parseDescriptor(view);
}

function parseDescriptor(view: DataView): FrameHeader {
  const descriptor = view.getUint8(4);
  if (descriptor & 0x08) throw corruptError("a reserved bit is set");
  const single = (descriptor & 0x20) !== 0;
  const window = 5;
  const dictionary = window + (single ? 0 : 1);
  const size = dictionary + [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  if (view.byteLength < size + sizeBytes) throw truncatedError();
  const contentSize = readContentSize(view, size, sizeBytes);
  checkWindow(single ? contentSize! : windowSizeOf(view.getUint8(window)));
  checkDictionary(view, dictionary, size);
  return {
    skippable: false,
    length: size + sizeBytes,
    checksum: descriptor & 0x04 ? 4 : 0,
    contentSize,
  };
}

function readContentSize(view: DataView, at: number, bytes: number): number | undefined {
  if (bytes === 0) return undefined;
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at, true) + 256;
  if (bytes === 4) return view.getUint32(at, true);
  return Number(view.getBigUint64(at, true));
}

function windowSizeOf(byte: number): number {
  return 2 ** (10 + (byte >> 3)) * (1 + (byte & 7) / 8);
}

function checkWindow(window: number): void {
  if (window <= WINDOW_LIMIT) return;
  throw new NixociError(
    "LIMIT",
    `the zstd data needs ${Math.ceil(window / 2 ** 20)} MiB of memory to decompress, ` +
      "more than the 128 MiB allowed",
    { hint: "compress it again without --long or --ultra" },
  );
}

function checkDictionary(view: DataView, from: number, to: number): void {
  let id = 0;
  for (let at = to - 1; at >= from; at--) id = id * 256 + view.getUint8(at);
  if (id === 0) return;
  throw new NixociError("UNSUPPORTED", `the zstd data needs the dictionary ${id}`, {
    hint: "compress it again without a dictionary",
  });
}

/** Parses a block's header at `at`: whether the block is the last, and the number of its bytes. */
export function parseBlockHeader(bytes: Uint8Array, at: number): { last: boolean; size: number } {
  const header = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
  const type = (header >> 1) & 3;
  if (type === 3) throw corruptError("a block is of the reserved type");
  // A run-length block is one byte, whatever its size says.
  return { last: (header & 1) === 1, size: type === 1 ? 1 : header >> 3 };
}

/** Makes the error for bytes that end before their frame does. */
export function truncatedError(): NixociError {
  return new NixociError("MALFORMED", "the zstd data is truncated");
}

/** Makes the error for bytes that are not what the format demands. */
export function corruptError(what: string, cause?: unknown): NixociError {
  return new NixociError("MALFORMED", `the zstd data is corrupt: ${what}`, { cause });
}
