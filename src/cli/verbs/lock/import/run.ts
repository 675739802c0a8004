/** The work of `nixoci lock import`. */
import { readSmallFile } from "../../../../bytes/disk/small-file.ts";
import type { AddResult } from "../../../../lock/add.ts";
import { editLock } from "../../../../lock/file.ts";
import { importManifest } from "../../../../lock/manifest.ts";
import type { Io } from "../../../kit/io.ts";
import { createLockRegistry, waitOptionsOf } from "../registry.ts";

/** Locks the image whose manifest is in a file. */
export async function importLockedImage(
  file: string,
  manifest: string,
  name: string,
  io: Io,
): Promise<AddResult> {
  const registry = createLockRegistry(io, []);
  const bytes = await readSmallFile(manifest);
  return await editLock(
    file,
    (lock) => importManifest(lock, bytes, name, { registry, what: manifest }),
    { create: true, ...waitOptionsOf(io) },
  );
}
