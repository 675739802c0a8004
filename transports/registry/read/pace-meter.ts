/** Measures how fast a body comes while it is being waited for: our own time does not count. */
import { performance } from "node:perf_hooks";

/** The bytes and the time of a body, as it comes. */
export interface PaceMeter {
  /** Bytes have come. */
  add(bytes: number): void;
  /** They have been taken in, and the next ones are being waited for. */
  wait(): void;
  /** The bytes a second by now; `undefined` while it cannot be said. */
  rate(): number | undefined;
  /** Tells whether this thread has worked nearly all the time. */
  isBusy(): boolean;
}

/** In milliseconds: what comes within it may have lain in a buffer. */
const ENOUGH = 100;

/**
 * Begins to measure.
 * @param busy the share of its time from which on a thread does not wait for the network.
 */
export function createPaceMeter(busy: number): PaceMeter {
  const began = performance.eventLoopUtilization?.();
  const isBusy = (): boolean =>
    began !== undefined && performance.eventLoopUtilization(began).utilization > busy;
  let bytes = 0;
  let waited = 0;
  let since = performance.now();
  return {
    add(count) {
      waited += performance.now() - since;
      bytes += count;
    },
    wait: () => void (since = performance.now()),
    rate() {
      if (waited < ENOUGH) return undefined;
      return isBusy() ? undefined : bytes / waited * 1000;
    },
    isBusy,
  };
}
