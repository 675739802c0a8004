/** Limits the work that runs at a time. */

/** Runs the work as soon as the limit allows it, in the order of the calls; returns its result. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Makes a limit: of the work given to it, at most `count` runs at a time, and the rest waits. For a
 * list of items that is complete, `map.ts` is simpler, and stops at the first failure.
 * @param count at least 1.
 */
export function createLimit(count: number): Limit {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
