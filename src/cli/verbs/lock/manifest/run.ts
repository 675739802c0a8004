/** The work of `nixoci lock manifest`. */
import { useResources } from "../../../../base/dispose.ts";
import { parsePlatform } from "../../../../image/platform.ts";
import { readLock } from "../../../../lock/file.ts";
import { readLockedManifest } from "../../../../lock/manifest.ts";
import { createRegistrySupply } from "../../../../lock/supply.ts";
import type { Io } from "../../../kit/io.ts";
import { createLockRegistry } from "../registry.ts";

/** Fetches the manifest of a locked image from its registry. */
export async function fetchManifest(
  file: string,
  name: string,
  text: string | undefined,
  io: Io,
): Promise<Uint8Array> {
  const platform = text === undefined ? undefined : parsePlatform(text);
  const lock = await readLock(file);
  return await useResources((hold) => {
    const supply = hold(createRegistrySupply(createLockRegistry(io, [])));
    return readLockedManifest(lock, name, { platform, supply });
  });
}
