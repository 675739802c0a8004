/** The work of `nixoci lock verify`. */
import { join } from "node:path";
import { openSource } from "../../../../../transports/mod.ts";
import { makePlace } from "../../../../../transports/reference.ts";
import { useResources } from "../../../../base/dispose.ts";
import { type LockProblem, verifyLockedImages } from "../../../../lock/fetch.ts";
import { readLock } from "../../../../lock/file.ts";
import { createFolderSupply } from "../../../../lock/supply.ts";
import { readLayoutFolder } from "../../../reference/place.ts";

/** Finds what is wrong with the locked images in a layout. */
export async function findProblems(
  destination: string,
  names: readonly string[],
  file: string,
): Promise<LockProblem[]> {
  const folder = readLayoutFolder(destination);
  const lock = await readLock(file);
  return await useResources(async (hold) => {
    const layout = hold(await openSource(makePlace("oci-dir", folder)));
    const there = createFolderSupply(join(folder, "blobs"));
    return await verifyLockedImages(lock, { names, there, layout });
  });
}
