/**
 * 429 is said to all that a machine asks of a host: when one waits, all wait. And where so many
 * requests a second are allowed, they are all that the machine makes.
 */
import type { World } from "../world.ts";

export interface Pace {
  /** Resolves when the host may be asked; rejects with the signal's reason. */
  ready(signal: AbortSignal | undefined): Promise<void>;
  /** Lets the host be asked so many times a second at most, from now on. */
  limit(perSecond: number): void;
  /** Lets nobody ask the host for so many milliseconds; resolves after them. */
  hold(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const paces = new WeakMap<World, Map<string, Pace>>();

/** The pace of a host, which all sessions with it share. */
export function paceOf(host: string, world: World): Pace {
  const known = paces.get(world) ?? new Map<string, Pace>();
  paces.set(world, known);
  const pace = known.get(host) ?? createPace(world);
  known.set(host, pace);
  return pace;
}

function createPace(world: World): Pace {
  const pauses = new Set<Promise<void>>();
  let apart = 0; // in milliseconds, between two requests
  let next = 0;
  return {
    async ready(signal) {
      while (pauses.size > 0) await waitUnlessAborted(Promise.all(pauses), signal);
      if (apart === 0) return;
      const now = world.now();
      const turn = Math.max(now, next);
      next = turn + apart;
      if (turn > now) await world.sleep(turn - now, signal);
    },
    limit(perSecond) {
      apart = 1000 / perSecond;
    },
    async hold(milliseconds, signal) {
      const pause = world.sleep(milliseconds, signal);
      const over = pause.catch(() => {}).then(() => void pauses.delete(over));
      pauses.add(over);
      await pause;
    },
  };
}

/** Waits for the work, or rejects with the signal's reason as soon as there is one. */
export async function waitUnlessAborted(
  work: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal === undefined) return void await work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
