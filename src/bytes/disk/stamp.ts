/** Stamps files, to tell whether they have changed. */
import type { BigIntStats } from "node:fs";

/** A text that changes whenever the file does. */
export interface Stamp {
  readonly text: string;
  /** False while a change could still go unnoticed. */
  readonly lasts: boolean;
}

const SECOND = 1_000_000_000n;

/** Returns a file's stamp: device, inode, size and times. No program can set the ctime. */
export function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Stamp {
  // Deno gives whole seconds: within the same second the file may change, and the stamp not. (The
  // clock of file systems is some milliseconds late.)
  const isCoarse = ctimeNs % SECOND === 0n;
  const lasts = !isCoarse || BigInt(Date.now()) * 1_000_000n >= ctimeNs + 2n * SECOND;
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), lasts };
}
