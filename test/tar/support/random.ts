/** Numbers that look random and are the same in every run. */

export interface Random {
  /** An integer in `[0, below)`. */
  below(below: number): number;
  pick<T>(choices: readonly T[]): T;
  chance(of: number): boolean;
  bytes(length: number): Buffer;
}

/** Mulberry32: enough for tests, and the same everywhere. */
export function random(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: (choices) => choices[below(choices.length)]!,
    chance: (of) => next() < of,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
