/** Bytes that can be read at any position: archives need that, and pipes lack it. */
import type { ByteStream } from "../stream.ts";

/** A file, or something like it, of known size. Many readers may read at a time. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /** Reads the bytes of `[start, end)`, by default all of them. */
  read(start?: number, end?: number): ByteStream;
  /** Fills `into` from `position` and returns the number of bytes, fewer only at the end. */
  readAt(into: Uint8Array, position: number): Promise<number>;
  /**
   * Tells whether the bytes are certainly the same as when it was opened; missing where nobody else
   * can change them.
   */
  unchanged?(): Promise<boolean>;
}
