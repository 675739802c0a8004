/** The levels of gzip, as the compressor takes them. */

/** The effort that is made to find copies of earlier bytes. */
export interface DeflateLevel {
  /** The number of earlier places that are looked at, 16 at most; 0 for the last few alone, which is faster. */
  readonly depth: number;
  /** The length of a copy that is good enough to look no further. */
  readonly nice: number;
  /** A shorter copy than this is taken only if the next byte begins none that is longer. */
  readonly lazy: number;
  /** After 2^skip bytes without a copy, every other one is looked for; after twice that, every third. */
  readonly skip: number;
  /** Tells whether copies of three bytes are looked for; never with a depth of 0. */
  readonly short: boolean;
  /** With a depth of 0: so many bytes of a copy are noted one by one, of the rest every third. */
  readonly dense: number;
}

/**
 * Levels 1 to 9. Each makes about as few bytes as zlib's of that number, or fewer
 * (docs/benchmarks.md).
 */
export const LEVELS: readonly DeflateLevel[] = [
  { depth: 0, nice: 12, lazy: 0, skip: 4, short: false, dense: 0 },
  { depth: 0, nice: 16, lazy: 8, skip: 5, short: false, dense: 2 },
  { depth: 0, nice: 24, lazy: 8, skip: 6, short: false, dense: 5 },
  { depth: 0, nice: 48, lazy: 16, skip: 6, short: false, dense: 8 },
  { depth: 8, nice: 32, lazy: 8, skip: 6, short: false, dense: 0 },
  { depth: 16, nice: 48, lazy: 16, skip: 7, short: false, dense: 0 },
  { depth: 16, nice: 64, lazy: 16, skip: 7, short: true, dense: 0 },
  { depth: 16, nice: 128, lazy: 32, skip: 8, short: true, dense: 0 },
  { depth: 16, nice: 258, lazy: 64, skip: 9, short: true, dense: 0 },
];
