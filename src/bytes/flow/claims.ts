/** Lets threads claim work by themselves: asking another thread takes as long as a small layer. */

/** Items that threads share and claim. */
export interface Claims {
  readonly order: readonly number[];
  /** The number of items claimed. */
  readonly counter: SharedArrayBuffer;
}

/** Makes claims: the items will be claimed in this order, each by one thread. */
export function createClaims(order: readonly number[]): Claims {
  return { order, counter: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

/** Claims items for this thread, one after another, until there are none. */
export function* claimItems({ order, counter }: Claims): Generator<number> {
  const shared = new Int32Array(counter);
  for (let at; (at = Atomics.add(shared, 0, 1)) < order.length;) yield order[at]!;
}

/** Ends the claims: no thread gets another item. */
export function stopClaims({ order, counter }: Claims): void {
  Atomics.store(new Int32Array(counter), 0, order.length);
}
