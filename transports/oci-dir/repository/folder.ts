/** The folder of a repository's layout: made whole, so that other tools can read it at any time. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { sweepFolder, writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { makeFolder } from "../../../src/bytes/disk/folder.ts";
import { withLock } from "../../../src/bytes/disk/process-lock.ts";
import {
  checkLayout,
  createEmptyIndex,
  encodeIndex,
  INDEX_FILE,
  LAYOUT,
  LAYOUT_FILE,
} from "../../lib/layout.ts";
import { isPathThere, LOCK } from "../begun.ts";

/** The folder of blobs that uploads wait in. */
export const BLOBS = "blobs/sha256";

/** Makes the layout, if it is not there, and sweeps what killed processes left in it. */
export async function prepareRepository(path: string): Promise<void> {
  const [index, marker, blobs] = [INDEX_FILE, LAYOUT_FILE, BLOBS].map((name) => join(path, name));
  try {
    await makeFolder(blobs!);
    await sweepFolder(path);
    await sweepFolder(blobs!);
    if (isPathThere(marker!) && isPathThere(index!)) {
      return checkLayout(await readFile(marker!), path);
    }
    await withLock(join(path, LOCK), async () => {
      if (!isPathThere(index!)) {
        await writeAtomicFile(index!, encodeIndex(createEmptyIndex()));
      }
      if (!isPathThere(marker!)) await writeAtomicFile(marker!, LAYOUT);
    });
  } catch (error) {
    throw error instanceof NixociError ? error : wrapError(error, `Cannot write to ${path}`);
  }
}
