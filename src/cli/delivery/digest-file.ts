/** The file that `--digest-file` names. */
import { stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { CopyResult } from "../../copy/copy.ts";
import { writeAtomicFile } from "../../bytes/disk/atomic.ts";
import { checkWriteAccess } from "../../bytes/disk/write-access.ts";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";

/** Fails where a digest cannot be written: better before the copy than after it. */
export async function checkWritable(path: string): Promise<void> {
  try {
    const there = await stat(path).catch((error) => {
      if (!isSystemError(error, "ENOENT")) throw error;
    });
    if (there?.isDirectory()) throw new NixociError("USAGE", "it is a directory");
    await checkWriteAccess(there ? path : dirname(path));
  } catch (error) {
    throw wrapError(error, `Cannot write the digest to ${path}`);
  }
}

/** Writes the digests, a line each: whole or not at all, where it is a file. */
export async function writeDigests(path: string, { images }: CopyResult): Promise<void> {
  const text = images.map(({ descriptor }) => descriptor.digest).join("\n");
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isFile() ?? true) await writeAtomicFile(path, text, { follow: true });
    else await writeFile(path, text); // a pipe, or a device
  } catch (error) {
    throw wrapError(error, `Cannot write the digest to ${path}`);
  }
}
