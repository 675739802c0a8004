/** Lets other work run during work that never waits: signals, timers, other streams. */
import { setImmediate } from "node:timers/promises";

/** In milliseconds: the longest time that other work waits. */
const TURN = 10;

/** Makes a function to call between pieces of work: it lets other work run if that waits too long. */
export function createYielder(): () => Promise<void> | undefined {
  let next = performance.now() + TURN;
  return () => {
    if (performance.now() < next) return undefined;
    return setImmediate().then(() => void (next = performance.now() + TURN));
  };
}
