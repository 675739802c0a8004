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
}

/** In milliseconds: what comes within it may have lain in a buffer. */
const ENOUGH = 100;

/** A process that works more of the time than this does not wait for the network. */
const BUSY = 0.7;

/** Begins to measure. */
export function createPaceMeter(): PaceMeter {
  const began = performance.eventLoopUtilization?.();
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
      if (began && performance.eventLoopUtilization(began).utilization > BUSY) return undefined;
      return bytes / waited * 1000;
    },
  };
}
