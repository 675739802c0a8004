/** Brings one image to its destination, unless it is there. */
import { runAtSide } from "../../base/errors.ts";
import type { Limit } from "../../bytes/flow/limit.ts";
import { copy } from "../../copy/copy.ts";
import type { CopyEvent } from "../../copy/events.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { Digest } from "../../bytes/digest.ts";
import { parsePlatform } from "../../image/platform.ts";
import type { Scratch } from "../../image/disk/scratch.ts";
import type { Source } from "../../image/source.ts";
import type { Step } from "../../image/step.ts";
import { loadTree } from "../../image/tree.ts";
import { platform } from "../../steps/platform.ts";
import type { ImageToSync } from "../images/find.ts";
import type { SyncedImage, SyncRule } from "../model.ts";
import { type DestinationBlobs, openUpSource } from "./blobs.ts";
import type { SyncLane } from "./lanes.ts";

/** The blobs of one image at a time, unless the user says: several images move beside each other. */
const JOBS = 6;

/** The options of bringing an image. */
export interface SyncImageOptions {
  readonly blobs: DestinationBlobs;
  readonly runTransfer: Limit;
  readonly dryRun: boolean;
  readonly jobs?: number | undefined;
  readonly scratch?: Scratch | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: CopyEvent) => void) | undefined;
}

/** The fate of an image, and the number of blobs that were mounted. */
export type ImageOutcome = Omit<SyncedImage, "source" | "destination"> & {
  readonly mounted: number;
};

/** Brings an image to its destination. @throws what copying does. */
export async function syncImage(
  { rule, select, destination, isListed }: ImageToSync,
  lane: SyncLane,
  options: SyncImageOptions,
): Promise<ImageOutcome> {
  const from = await runAtSide("source", lane.openFrom);
  const name = nameAt(destination.image);
  const isWhole = rule.platforms === undefined;
  const looksUp = isWhole && (rule.isFast || !(rule.referrers || rule.digestTags));
  const askSource = () => runAtSide("source", () => headRoot(from, select));
  // What is there is most often the same: both are asked at once.
  const early = looksUp && isListed === true ? askSource() : undefined;
  early?.catch(() => {}); // it shows where it is awaited
  const there = isListed === false ? undefined : await findThere(lane, name);
  if (looksUp && there !== undefined) {
    const { digest } = await (early ?? askSource());
    const isSame = digest === there.digest;
    // A registry takes no image whose parts it does not have.
    if (isSame && (destination.image !== undefined || await isComplete(lane))) {
      return { status: "unchanged", digest, bytes: 0, mounted: 0 };
    }
  }
  const sink = await runAtSide("destination", lane.openTo);
  const wrapped = options.blobs.wrapSink(sink, destination, options.runTransfer);
  const to = looksUp ? { ...wrapped, isCommitted: async () => false } : wrapped; // it is known by now
  let hasChanged = false;
  const copying = copy(openUpSource(from), to, {
    reference: select,
    references: name === undefined ? [] : [name],
    steps: stepsOf(rule),
    referrers: rule.referrers ?? false,
    digestTags: rule.digestTags ?? false,
    dryRun: options.dryRun,
    jobs: options.jobs ?? JOBS,
    scratch: options.scratch,
    signal: options.signal,
    onEvent: (event) => {
      hasChanged ||= event.type === "done" && event.how !== "exists";
      options.onEvent?.(event);
    },
  });
  const { signal } = options;
  const breakOff = () => wrapped.letGo(signal?.reason);
  signal?.addEventListener("abort", breakOff, { once: true });
  const { images: [image], bytes, blobs } = await copying.finally(() => {
    signal?.removeEventListener("abort", breakOff);
    wrapped.letGo();
  });
  const { digest } = image!.descriptor;
  const isKept = there?.digest === digest && !hasChanged;
  const status = isKept ? "unchanged" : options.dryRun ? "planned" : "copied";
  return { status, digest, bytes, mounted: blobs.mounted };
}

function nameAt(image: { readonly tag?: string; readonly digest?: Digest } | undefined) {
  return image?.tag ?? image?.digest;
}

function stepsOf({ platforms }: SyncRule): Step[] {
  if (platforms === undefined) return [];
  return [platform(platforms.filter((one) => one !== "host").map(parsePlatform))];
}

/** Asks a source what the name means now: with no more than a HEAD, where it can. */
async function headRoot(from: Source, select: string | undefined): Promise<Descriptor> {
  if (from.headManifest) return await from.headManifest(select);
  const { manifest } = await from.readManifest?.(select) ?? await from.resolve(select);
  return manifest.descriptor;
}

/** Finds what has the name at the destination; nothing, where nobody can tell. */
async function findThere(
  lane: SyncLane,
  name: string | undefined,
): Promise<Descriptor | undefined> {
  try {
    return await headRoot(await lane.openThere(), name);
  } catch {
    return undefined; // it is not there, or writing to it says what is wrong
  }
}

/** Tells whether a destination that can lack parts of what it names has all of this. */
async function isComplete(lane: SyncLane): Promise<boolean> {
  const to = await runAtSide("destination", lane.openTo);
  if (to.traits.closed) return true;
  try {
    const there = await lane.openThere();
    const { blobs } = await loadTree(await there.resolve());
    for (const { content } of blobs) if (!await to.has(content.descriptor)) return false;
    return true;
  } catch {
    return false;
  }
}
