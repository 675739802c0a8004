/** One process at a time: a lock in the file system that survives the death of its owner. */

/** How to wait for a lock. */
export interface LockOptions {
  /** Stops the waiting. */
  readonly signal?: AbortSignal;
  /** Called once, with a line for people, when the lock has not come within a second. */
  readonly onWait?: (message: string) => void;
}

/**
 * Runs `fn` while no other process, and nobody else in this one, holds the lock at `path`.
 * A lock whose owner died is taken over.
 * @throws what `fn` throws; NixociError `IO` when the lock cannot be made; the signal's reason.
 */
export declare function withLock<T>(
  path: string,
  fn: () => Promise<T> | T,
  options?: LockOptions,
): Promise<T>;
