/** Work that is begun in any order, or all at once, and done in one that was announced. */
import { setImmediate } from "node:timers";

export interface InOrder<Key> {
  /** The order. Work for other keys is done in the order in which it comes. */
  expect(keys: readonly Key[]): void;
  /** Does the work when that for all keys before it is done, well or not. */
  turn<T>(key: Key, work: () => Promise<T>): Promise<T>;
}

export function inOrder<Key>(): InOrder<Key> {
  const turns = new Map<Key, { before: Promise<void>; done: () => void }>();
  let last: Promise<void> = Promise.resolve();
  const add = (key: Key) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const own = { before: last, done: resolve };
    turns.set(key, own);
    last = promise;
    return own;
  };
  return {
    expect(keys) {
      for (const key of keys) if (!turns.has(key)) add(key);
    },
    async turn(key, work) {
      const { before, done } = turns.get(key) ?? add(key);
      await before;
      try {
        const result = await work();
        done();
        return result;
      } catch (error) {
        setImmediate(done); // who waits for this shall hear of it before what comes of it
        throw error;
      }
    },
  };
}
