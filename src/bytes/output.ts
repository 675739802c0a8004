/** Where a stream of bytes is written to, and what may be taken back of it. */

/** Takes bytes in order; a file also takes some of them again. */
export interface Output extends AsyncDisposable {
  /** When it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites what was written at that place, where that can be done. */
  patch?(bytes: Uint8Array, position: number): Promise<void>;
  /** The way back to where it is now, where there is one: what was written since is forgotten. */
  mark?(): () => void;
  /** All is written: makes it durable and visible. Disposing without it leaves no trace. */
  commit(): Promise<void>;
}

/**
 * Stands between a writer and its output, which it may open, watch, or do without: hashing what is
 * written needs no file.
 */
export type Through = (open: () => Promise<Output>) => Promise<Output>;
