/** Bytes that can be read at any place: what archives need, and pipes lack. */
import type { ByteStream } from "../stream.ts";

/** A file, or something like it, of known size. Many readers may be at work at a time. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /** The bytes of `[start, end)`, by default all of them. */
  read(start?: number, end?: number): ByteStream;
  /** Fills `into` from `position`; the number of bytes read, fewer only at the end. */
  readAt(into: Uint8Array, position: number): Promise<number>;
  /**
   * Whether the bytes surely are what they were when it was opened; missing where nobody else can
   * change them.
   */
  unchanged?(): Promise<boolean>;
}
