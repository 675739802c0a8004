/** A blob in a file of its own: read, and told from one that a crash or a bad disk left. */
import { statSync } from "node:fs";
import { algorithmOf, createHasher, type Digest } from "../../src/bytes/digest.ts";
import { type OpenFile, openFile, readFile } from "../../src/bytes/disk/file.ts";
import { type Stamp, stampOf } from "../../src/bytes/disk/stamp.ts";
import { streamFrom } from "../../src/bytes/pour.ts";
import type { ByteStream } from "../../src/bytes/stream.ts";
import { codeOf, isSystemError } from "../../src/base/errors.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import type { ProvedFiles } from "../../src/image/disk/proved-files.ts";

/** A blob as content reads it. While somebody holds it in place, all read that same file. */
export function openBlobFile(path: string): { open(): ByteStream; inPlace(): Promise<OpenFile> } {
  let held: Promise<OpenFile> | undefined;
  let holders = 0;
  const letGo = async (): Promise<void> => {
    if (--holders > 0) return;
    const file = held!;
    held = undefined;
    await (await file)[Symbol.asyncDispose]();
  };
  const openHeld = async (): Promise<OpenFile> =>
    held === undefined
      ? await openFile(path)
      : { ...await held, [Symbol.asyncDispose]: () => Promise.resolve() };
  return {
    open: () => streamFrom(openHeld, (file) => file.read()),
    async inPlace() {
      held ??= openFile(path);
      holders++;
      try {
        return { ...await held, [Symbol.asyncDispose]: letGo };
      } catch (error) {
        if (--holders === 0) held = undefined;
        throw error;
      }
    },
  };
}

/**
 * Tells whether the file is there and has the descriptor's size and digest. It is read for that, unless
 * it is known to be what it was when it was last read or written.
 */
export async function isWhole(
  file: string,
  { digest, size }: Descriptor,
  proved?: ProvedFiles,
): Promise<boolean> {
  try {
    const stamp = readStamp(file, size);
    if (stamp === undefined) return false;
    if (await proved?.digestOf(stamp.text) === digest) return true;
    const hash = createHasher(algorithmOf(digest));
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
    const stamp = readStamp(file, size);
    if (stamp?.lasts) stamps.push([stamp.text, digest]);
  }
  await proved.add(stamps);
}

/**
 * Reads the file's stamp; `undefined` when there is none, or it is not of the size that it should be.
 * Of a hundred blobs: to ask another thread would take longer than to look.
 */
function readStamp(file: string, size: number): Stamp | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats?.size === BigInt(size) ? stampOf(stats) : undefined;
}
