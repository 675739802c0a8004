/** The work of `nixoci lock fetch`. */
import type { Notice } from "../../../../base/notices.ts";
import { join } from "node:path";
import { openSink } from "../../../../../transports/mod.ts";
import { makePlace } from "../../../../../transports/reference.ts";
import { useResources } from "../../../../base/dispose.ts";
import { createCache } from "../../../../cache/cache.ts";
import type { CopyResult } from "../../../../copy/copy.ts";
import type { CopyEvent } from "../../../../copy/events.ts";
import { fetchLockedImages } from "../../../../lock/fetch.ts";
import { readLock } from "../../../../lock/file.ts";
import { createFolderSupply, createRegistrySupply } from "../../../../lock/supply.ts";
import type { Io } from "../../../kit/io.ts";
import { withProgress } from "../../../progress/mod.ts";
import { readLayoutFolder } from "../../../reference/place.ts";
import { describeResult } from "../../../delivery/result.ts";
import { createLockRegistry, hostsOf } from "../registry.ts";
import type { FetchFlags } from "./flags.ts";

/** Brings the locked images into a layout, and shows progress. */
export async function fetchTo(
  destination: string,
  names: readonly string[],
  flags: FetchFlags,
  io: Io,
) {
  const folder = readLayoutFolder(destination);
  const mode = flags.quiet ? "quiet" : flags.progress;
  const result = await withProgress(mode, (show) => fetchInto(folder, names, flags, io, show));
  return { value: describeResult(result), images: result.images };
}

/** Takes what is missing from the images' registries, or from a folder of blobs. */
async function fetchInto(
  folder: string,
  names: readonly string[],
  { file, blobs, jobs }: FetchFlags,
  { access, signal }: Io,
  onEvent: (event: CopyEvent) => void,
): Promise<CopyResult> {
  const lock = await readLock(file);
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  const registry = createLockRegistry({ access, signal, notice, jobs }, hostsOf(lock, names));
  return await useResources(async (hold) => {
    const supply = blobs === undefined
      ? hold(createRegistrySupply(registry))
      : createFolderSupply(blobs);
    const { proved } = createCache();
    const options = { signal, onNotice: notice, proved };
    const to = hold(await openSink(makePlace("oci-dir", folder), options));
    const nearby = createFolderSupply(join(folder, "blobs"));
    return await fetchLockedImages(lock, to, { names, supply, nearby, signal, onEvent, jobs });
  });
}
