/** Does work in an order that was announced, in whatever order it comes. */
import { setImmediate } from "node:timers";

/** Work that is done in the order of its keys. */
export interface OrderedWork<Key> {
  /** Announces the order. Work for other keys is done in the order in which it comes. */
  expect(keys: readonly Key[]): void;
  /** Does the work when that for all keys before it has ended or failed. */
  turn<T>(key: Key, work: () => Promise<T>): Promise<T>;
}

/** Makes an order without any keys. */
export function createOrderedWork<Key>(): OrderedWork<Key> {
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
        setImmediate(done); // the caller must get this error before those that it causes
        throw error;
      }
    },
  };
}
