/** What tells whether a file is still what it was. */
import type { BigIntStats } from "node:fs";

/** What changes whenever the file does. */
export interface Stamp {
  readonly text: string;
  /** Whether it is so from now on. */
  readonly lasts: boolean;
}

const SECOND = 1_000_000_000n;

/** A file's stamp: device, inode, size and times. Nobody can set the time of the last change. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  // Deno tells whole seconds: before this one is over, the file may change and the stamp may not.
  // (The clock of file systems is some milliseconds late.)
  const isCoarse = ctimeNs % SECOND === 0n;
  const lasts = !isCoarse || BigInt(Date.now()) * 1_000_000n >= ctimeNs + 2n * SECOND;
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), lasts };
}
