/** Lets a loop over many entries be interrupted, even if it never waits for anything. */
import { createYielder } from "../bytes/flow/yielder.ts";

/** To be called between entries, and awaited if there is something to await. */
export type Turns = () => Promise<void> | undefined;

/** Creates turns whose promise is rejected with the signal's reason once it is aborted. */
export function createTurns(signal: AbortSignal | undefined): Turns {
  const turn = createYielder();
  return () => turn()?.then(() => signal?.throwIfAborted());
}
