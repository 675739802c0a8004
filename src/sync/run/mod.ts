/** Follows the rules once: finds the images, and brings each to its destination. */
import { codeOf, NixociError, reasonOf, sideOf } from "../../base/errors.ts";
import { useResources } from "../../base/dispose.ts";
import { mapLimited } from "../../bytes/flow/map.ts";
import type { CopyEvent } from "../../copy/events.ts";
import type { PlaceReference } from "../../image/place.ts";
import { createScratch, type Scratch } from "../../image/disk/scratch.ts";
import { findImages, type ImageToSync } from "../images/find.ts";
import { dropSame, keepShard, type Shard } from "../images/order.ts";
import type { SideOf, SyncMeans, SyncSide } from "../means.ts";
import type { SyncConfig, SyncedImage, SyncFailure, SyncResult, SyncRule } from "../model.ts";
import { createReaders } from "../readers.ts";
import { createDestinationBlobs, type DestinationBlobs } from "./blobs.ts";
import { createHosts, type Hosts } from "./hosts.ts";
import { syncImage } from "./image.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { learnHolders } from "./learn.ts";

/** The options of a run. */
export interface SyncOptions {
  /** Say what is missing, and move nothing. */
  readonly dryRun?: boolean;
  /** The number of blobs of one image that move at a time. */
  readonly jobs?: number | undefined;
  /** The number of images at a time; the file's, or else 4. */
  readonly parallel?: number | undefined;
  /** Only the images of this part. */
  readonly shard?: Shard | undefined;
  readonly scratch?: Scratch;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
  /** Gets each image as soon as it is known what became of it. */
  readonly onImage?: (image: SyncedImage) => void;
}

const PARALLEL = 4;

/**
 * Brings destinations up to date with their sources: what is there does not move, what fails does
 * not stop the others, and a run that was killed is simply run again.
 * @throws NixociError `USAGE` where two images would get one name, `CANCELLED`.
 * @example
 * ```ts
 * import { listRepositories, listTags, openSink, openSource, parsePlace, readSyncConfig, syncImages } from "nixoci";
 * const means = { parsePlace, openSource, openSink, listTags, listRepositories };
 * const config = await readSyncConfig("sync: [{ source: 'oci-dir:in', destination: 'oci-dir:mirror' }]");
 * const { totals } = await syncImages(config, means);
 * console.log(totals.failed); // 0
 * ```
 */
export async function syncImages(
  config: SyncConfig,
  means: SyncMeans,
  options: SyncOptions = {},
): Promise<SyncResult> {
  return await useResources(async (hold) => {
    const scratch = options.scratch ?? hold(createScratch());
    const { signal, onEvent, onImage } = options;
    const notice = (message: string) => onEvent?.({ type: "notice", code: "LEFT_OUT", message });
    for (const message of config.notices) notice(message);
    const hosts = createHosts(config.hosts);
    const onNotice: SyncSide["onNotice"] = (notice) => onEvent?.({ type: "notice", ...notice });
    const sideOf: SideOf = (side, host) =>
      hosts.complete(host, { side, scratch, signal, onNotice });
    const readers = hold(createReaders(means, sideOf));
    const found = await findAll(config.rules, { means, sideOf, readers, notice }, options);
    for (const failure of found.failed) onImage?.(failure);
    const lanes = hold(createLanes({ means, sideOf, readers }));
    const work = createWork(lanes, hosts, { ...options, scratch });
    const parallel = options.parallel ?? config.parallel ?? PARALLEL;
    let mounted = 0;
    const images = await mapLimited(found.images, parallel, async (image) => {
      signal?.throwIfAborted();
      const { mounted: more, ...done } = await work(image);
      signal?.throwIfAborted();
      mounted += more;
      onImage?.(done);
      return done;
    });
    return sumUp([...found.failed, ...images], mounted);
  });
}

/** Makes what brings an image to its destination; a failure is an outcome, too. */
function createWork(lanes: Lanes, hosts: Hosts, options: SyncOptions) {
  const unchanged: ImageToSync[] = [];
  const known = new Map<string, DestinationBlobs>();
  const blobsOf = ({ scheme, image }: PlaceReference): DestinationBlobs => {
    const host = image?.host;
    const key = host ?? `${scheme}:`; // places of other kinds know each blob by its digest alone
    const isThere = ({ destination }: ImageToSync) => destination.image?.host === host;
    const blobs = known.get(key) ?? createDestinationBlobs({
      dryRun: options.dryRun ?? false,
      findHeld: (note) => learnHolders(unchanged.filter(isThere), lanes, note),
    });
    known.set(key, blobs);
    return blobs;
  };
  return async (image: ImageToSync): Promise<SyncedImage & { readonly mounted: number }> => {
    const places = { source: image.from, destination: image.destination.text };
    if (image.isSettled) {
      unchanged.push(image);
      return { ...places, status: "immutable", bytes: 0, mounted: 0 };
    }
    try {
      hosts.check(image);
      const outcome = await lanes.run(image, (lane) =>
        syncImage(image, lane, {
          ...options,
          dryRun: options.dryRun ?? false,
          blobs: blobsOf(image.destination),
          runTransfer: (work) => hosts.runTransfer(image, work),
        }));
      hosts.note(image);
      if (outcome.status === "unchanged") unchanged.push(image);
      return { ...places, ...outcome };
    } catch (error) {
      hosts.note(image, error);
      return { ...places, status: "failed", bytes: 0, mounted: 0, error: describeFailure(error) };
    }
  };
}

type FindAll = Parameters<typeof findImages>[1];

/** Finds the images of all rules; a rule that fails does not stop the others. */
async function findAll(
  rules: readonly SyncRule[],
  context: FindAll,
  { shard, signal, parallel = PARALLEL }: SyncOptions,
): Promise<{ readonly images: ImageToSync[]; readonly failed: SyncedImage[] }> {
  const failed: SyncedImage[] = [];
  const found = await mapLimited(rules, parallel, async (rule) => {
    try {
      return await findImages(rule, context);
    } catch (error) {
      signal?.throwIfAborted();
      if (codeOf(error) === "USAGE") throw error; // words of the file: better said than done
      const { source, destination } = rule;
      failed.push({
        source,
        destination,
        status: "failed",
        bytes: 0,
        error: describeFailure(error),
      });
      return [];
    }
  });
  const images = dropSame(found.flat());
  return { images: shard === undefined ? images : keepShard(images, shard), failed };
}

function describeFailure(error: unknown): SyncFailure {
  const { hint, side } = error instanceof NixociError
    ? { hint: error.hint, side: sideOf(error) }
    : { hint: undefined, side: undefined };
  return { code: codeOf(error) ?? "IO", message: reasonOf(error), hint, side };
}

function sumUp(images: readonly SyncedImage[], mounted: number): SyncResult {
  const totals = {
    copied: 0,
    unchanged: 0,
    immutable: 0,
    planned: 0,
    failed: 0,
    bytes: 0,
    mounted,
  };
  for (const { status, bytes } of images) {
    totals[status]++;
    totals.bytes += bytes;
  }
  return { images, totals };
}
