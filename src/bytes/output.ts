/** Outputs: destinations of written bytes, some of which can be taken back. */

/** A destination of bytes in order; in a file, some of them can be overwritten. */
export interface Output extends AsyncDisposable {
  /** Writes the bytes; when it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites what was written at that position, where that can be done. */
  patch?(bytes: Uint8Array, position: number): Promise<void>;
  /** Marks the current position; the function returned goes back to it and forgets what came since. */
  mark?(): () => void;
  /** Makes what was written durable and visible. Disposing without it leaves no trace. */
  commit(): Promise<void>;
}

/**
 * A function between a writer and its output: it may open the output, watch it, or do without it,
 * because hashing what is written needs no file.
 */
export type WrapOutput = (open: () => Promise<Output>) => Promise<Output>;
