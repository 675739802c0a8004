/** A blob in a file of its own: read, and told from one that a crash or a bad disk left. */
import { stat } from "node:fs/promises";
import { algorithmOf, type Digest, hasher } from "../../src/bytes/digest.ts";
import { openFile } from "../../src/bytes/file.ts";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { codeOf, isSystemError } from "../../src/errors.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import type { ProvedFiles } from "../../src/image/root.ts";

/** The file's bytes, not verified. Throws as `openFile` does. */
export async function* readFile(file: string): ByteStream {
  const open = await openFile(file);
  try {
    yield* open.read();
  } finally {
    await open[Symbol.asyncDispose]();
  }
}

/**
 * Whether the file is there and has the descriptor's size and digest. It is read for that, unless
 * it is known to be what it was when it was last read or written.
 */
export async function isWhole(
  file: string,
  { digest, size }: Descriptor,
  proved?: ProvedFiles,
): Promise<boolean> {
  try {
    const stamp = await stampOf(file, size);
    if (stamp === undefined) return false;
    if (await proved?.digestOf(stamp.text) === digest) return true;
    const hash = hasher(algorithmOf(digest));
    for await (const chunk of readFile(file)) hash.update(chunk);
    if (hash.digest() !== digest) return false;
    if (stamp.lasts) await proved?.add([[stamp.text, digest]]);
    return true;
  } catch (error) {
    if (codeOf(error) === "NOT_FOUND" || isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** Remembers files that have just been written, verified. */
export async function rememberWritten(
  files: ReadonlyMap<string, Descriptor>,
  proved: ProvedFiles,
): Promise<void> {
  const stamps: [string, Digest][] = [];
  for (const [file, { digest, size }] of files) {
    const stamp = await stampOf(file, size);
    if (stamp?.lasts) stamps.push([stamp.text, digest]);
  }
  await proved.add(stamps);
}

/** What changes whenever the file does. */
interface Stamp {
  readonly text: string;
  /** Whether it is so from now on. */
  readonly lasts: boolean;
}

const SECOND = 1_000_000_000n;

/** The file's stamp; `undefined` when it is not of the size that it should be. */
async function stampOf(file: string, size: number): Promise<Stamp | undefined> {
  const { dev, ino, size: actual, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  if (actual !== BigInt(size)) return undefined;
  // Deno tells whole seconds: before this one is over, the file may change and the stamp may not.
  // (The clock of file systems is some milliseconds late.)
  const isCoarse = ctimeNs % SECOND === 0n;
  const lasts = !isCoarse || BigInt(Date.now()) * 1_000_000n >= ctimeNs + 2n * SECOND;
  return { text: [dev, ino, actual, mtimeNs, ctimeNs].join(" "), lasts };
}
