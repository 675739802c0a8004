/** Files that appear whole or not at all: a temporary sibling, fsync, rename, fsync of the folder. */

/** A file that is being written under a temporary name. */
export interface AtomicFile extends AsyncDisposable {
  /** Where it will be. */
  readonly path: string;
  /** Appends. When it resolves the buffer is the caller's again, though the bytes may be in flight. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes at a place, past the end too; the same promise. Do not mix with `write`. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /** Makes the file durable and visible, in this order; nothing can be written afterwards. */
  commit(): Promise<void>;
  /** Removes what was written, unless it is committed. Disposing does the same. */
  discard(): Promise<void>;
}

/** How a file is to appear. */
export interface AtomicOptions {
  /** Fail with `EXISTS` instead of replacing a file that is there. */
  readonly exclusive?: boolean;
  /** Permission bits before the umask; 0o666 by default. */
  readonly mode?: number;
  /** Replace the file that a symbolic link leads to; without it, a link is refused (`UNSAFE`). */
  readonly follow?: boolean;
  /** Let `commit()` return early; the file is durable and visible when the batch is flushed. */
  readonly batch?: Batch;
}

/** Commits whose fsyncs overlap with one another and with other work. */
export interface Batch {
  /** Waits until every committed file is durable and visible; throws the first failure. */
  flush(): Promise<void>;
}

/** An empty batch. */
export declare function batch(): Batch;

/**
 * Begins a file that appears at `path` when it is committed.
 * @throws NixociError `IO` or `NOT_FOUND` when the folder cannot be written, `UNSUPPORTED` when the
 * path names a directory, device or FIFO, `UNSAFE` when it names a symbolic link.
 */
export declare function atomicFile(path: string, options?: AtomicOptions): Promise<AtomicFile>;

/** Writes a small file atomically. */
export declare function writeFileAtomic(
  path: string,
  bytes: Uint8Array | string,
  options?: AtomicOptions,
): Promise<void>;

/**
 * Removes temporary files that dead processes left in the folder, never one of a living process.
 * @returns how many.
 */
export declare function sweep(folder: string): Promise<number>;
