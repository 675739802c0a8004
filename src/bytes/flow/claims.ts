/** Work that threads claim by themselves: asking another thread takes as long as a small layer. */

/** What there is to claim. Threads that have this share it. */
export interface Claims {
  readonly order: readonly number[];
  /** One number: how many of them have been claimed. */
  readonly counter: SharedArrayBuffer;
}

/** Things to be claimed in this order, each by one thread. */
export function claims(order: readonly number[]): Claims {
  return { order, counter: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) };
}

/** The things that this thread claims; one after another, until there are none. */
export function* claimed({ order, counter }: Claims): Generator<number> {
  const shared = new Int32Array(counter);
  for (let at; (at = Atomics.add(shared, 0, 1)) < order.length;) yield order[at]!;
}

/** Nobody claims any more. */
export function stopClaims({ order, counter }: Claims): void {
  Atomics.store(new Int32Array(counter), 0, order.length);
}
