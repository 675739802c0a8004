/** What `nixoci lock fetch` and `verify` do, once their words are parsed. */
import { join } from "node:path";
import type { Notice } from "../../../base/notices.ts";
import { openSink, openSource } from "../../../../transports/mod.ts";
import { placeAt } from "../../../../transports/reference.ts";
import { cache } from "../../../cache/cache.ts";
import type { CopyResult } from "../../../copy/copy.ts";
import type { CopyEvent } from "../../../copy/events.ts";
import { fetchLocked, type Problem, verifyLocked } from "../../../lock/fetch.ts";
import { readLock } from "../../../lock/file.ts";
import { folderSupply, registrySupply } from "../../../lock/supply.ts";
import { forOneRegistry, hostsOf, registryWith } from "./run.ts";
import { sideOptions } from "../../kit/sides.ts";

interface FetchFlags {
  readonly file: string;
  readonly blobs?: string | undefined;
  readonly jobs?: number | undefined;
  readonly creds?: string | undefined;
  readonly "registry-token"?: string | undefined;
}

/** Brings the locked images into a layout, from their registries or from a folder of blobs. */
export async function fetchInto(
  folder: string,
  names: readonly string[],
  flags: FetchFlags,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: CopyEvent) => void },
): Promise<CopyResult> {
  const lock = await readLock(flags.file);
  forOneRegistry(flags, hostsOf(lock, names));
  const notice = (notice: Notice) => onEvent({ type: "notice", ...notice });
  const options = sideOptions({ ...flags }, { signal, notice, jobs: flags.jobs });
  const { proved } = cache();
  const supply = flags.blobs === undefined ? registrySupply(registryWith(options)) : undefined;
  const to = await openSink(placeAt("oci-dir", folder), { signal, onNotice: notice, proved });
  try {
    return await fetchLocked(lock, to, {
      names,
      supply: supply ?? folderSupply(flags.blobs!),
      nearby: folderSupply(join(folder, "blobs")),
      signal,
      onEvent,
      ...(flags.jobs !== undefined && { jobs: flags.jobs }),
    });
  } finally {
    await to[Symbol.asyncDispose]();
    await supply?.[Symbol.asyncDispose]();
  }
}

/** What is wrong with the locked images in a layout. */
export async function verifyIn(
  folder: string,
  names: readonly string[],
  file: string,
): Promise<Problem[]> {
  const lock = await readLock(file);
  const layout = await openSource(placeAt("oci-dir", folder));
  try {
    const there = folderSupply(join(folder, "blobs"));
    return await verifyLocked(lock, { names, there, layout });
  } finally {
    await layout[Symbol.asyncDispose]();
  }
}
