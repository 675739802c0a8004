/** Files, read: as a stream, or at any place. */
import type { RandomAccess } from "./random.ts";

/** An open file: read it at any place, as often as you like, and dispose of it. */
export interface OpenFile extends RandomAccess, AsyncDisposable {
  readonly path: string;
}

/**
 * Opens a regular file (symbolic links are followed) for reading. It never waits: a FIFO, a
 * directory or a device is refused.
 * @throws NixociError `NOT_FOUND` when there is none, `UNSUPPORTED` when it is no regular file,
 * `IO` when it cannot be opened.
 */
export declare function openFile(path: string): Promise<OpenFile>;
