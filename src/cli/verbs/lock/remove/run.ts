/** The work of `nixoci lock remove`. */
import { removeFromLock } from "../../../../lock/add.ts";
import { editLock } from "../../../../lock/file.ts";
import type { Io } from "../../../kit/io.ts";
import { waitOptionsOf } from "../registry.ts";

/** Takes images out of the lockfile. @returns their names. */
export async function removeImages(file: string, names: readonly string[], io: Io) {
  const { removed } = await editLock(
    file,
    (lock) => removeFromLock(lock, names),
    waitOptionsOf(io),
  );
  return removed;
}
