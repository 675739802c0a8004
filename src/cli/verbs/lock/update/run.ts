/** The work of `nixoci lock update`. */
import { editLock, readLock } from "../../../../lock/file.ts";
import type { Lock } from "../../../../lock/model.ts";
import { updateLock } from "../../../../lock/update.ts";
import type { Io } from "../../../kit/io.ts";
import { createLockRegistry, hostsOf, waitOptionsOf } from "../registry.ts";

/** Pins what the tags of locked images name now; a dry run writes nothing. */
export async function updateLockedImages(
  file: string,
  names: readonly string[] | undefined,
  dryRun: boolean,
  io: Io,
) {
  const update = (lock: Lock) =>
    updateLock(lock, names ?? [], createLockRegistry(io, hostsOf(lock, names)));
  if (dryRun) return await update(await readLock(file));
  return await editLock(file, update, waitOptionsOf(io));
}
