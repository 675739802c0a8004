/** Work that never waits has to let others have their turn: signals, timers, other streams. */
import { setImmediate } from "node:timers/promises";

/** In milliseconds: how long others wait at most, and how often that costs something. */
const TURN = 10;

/** To be called between pieces of work: waits a moment whenever others have waited long enough. */
export function turns(): () => Promise<void> | undefined {
  let next = performance.now() + TURN;
  return () => {
    if (performance.now() < next) return undefined;
    return setImmediate().then(() => void (next = performance.now() + TURN));
  };
}
