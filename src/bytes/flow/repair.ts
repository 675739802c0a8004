/** Keeps what is written to a place where others, who write at the same time, may take it away. */

// Twenty writers at once are through in less.
const TRIES = 30;
// In milliseconds; longer where it takes longer to write.
const LEAST_PAUSE = 200;

/** Options of keeping what is written. */
export interface RepairOptions<T> {
  /** The milliseconds that it took to write an item, where they are written already. */
  readonly took?: number;
  sleep(milliseconds: number): Promise<unknown>;
  /** Makes the error of an item that is taken away as often as it is written. */
  makeError(item: T): Error;
}

/**
 * Writes items until all of them are seen to be there still. Who read the place before we wrote writes
 * without them until he has had as long as we took: to look before that proves nothing.
 * @param write writes an item that is not there; tells whether it had to.
 * @throws what `makeError` makes.
 */
export async function repairLost<T>(
  items: readonly T[],
  write: (item: T) => Promise<boolean>,
  { took = 0, sleep, makeError }: RepairOptions<T>,
): Promise<void> {
  let open = items;
  for (let tries = 0; open.length > 0; tries++) {
    if (tries === TRIES) throw makeError(open[0]!);
    if (took > 0) await sleep(Math.max(LEAST_PAUSE, took) * (1 + Math.random()));
    const doubtful: T[] = [];
    for (const item of open) {
      const start = performance.now();
      if (await write(item)) doubtful.push(item);
      took = Math.max(took, performance.now() - start);
    }
    open = doubtful;
  }
}
