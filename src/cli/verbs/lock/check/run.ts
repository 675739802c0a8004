/** The work of `nixoci lock check`. */
import { readLock } from "../../../../lock/file.ts";
import { checkLock } from "../../../../lock/update.ts";
import type { Io } from "../../../kit/io.ts";
import { createLockRegistry, hostsOf } from "../registry.ts";

/** Finds the locked images whose tags have moved on. */
export async function checkImages(file: string, names: readonly string[] | undefined, io: Io) {
  const lock = await readLock(file);
  return await checkLock(lock, names ?? [], createLockRegistry(io, hostsOf(lock, names)));
}
