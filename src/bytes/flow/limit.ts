/** Limits the work that runs at a time. */

/** Runs the work as soon as the limit allows it, in the order of the calls; returns its result. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Makes a limit: of the work given to it, at most `count` runs at a time, and the rest waits. For a
 * list of items that is complete, `map.ts` is simpler, and stops at the first failure.
 * @param count at least 1; a function where it changes, asked whenever work comes or ends.
 */
export function createLimit(count: number | (() => number)): Limit {
  const most = typeof count === "number" ? () => count : count;
  const waiting: (() => void)[] = [];
  let running = 0;
  const startWaiting = (): void => {
    while (waiting.length > 0 && running < most()) {
      running++;
      waiting.shift()!();
    }
  };
  return async (work) => {
    if (running < most()) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      running--;
      startWaiting();
    }
  };
}
