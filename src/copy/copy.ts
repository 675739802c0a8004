/**
 * The engine, the only one: read, pass through the steps, put what is missing (children first),
 * commit. Every verb that stores an image ends here.
 */
import { useResources } from "../base/dispose.ts";
import { runAtSide } from "../base/errors.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { NamedRoot } from "../image/root.ts";
import type { Sink, SinkTraits } from "../image/sink.ts";
import type { Source, SourceTraits } from "../image/source.ts";
import type { Step } from "../image/step.ts";
import { createScratch } from "../image/disk/scratch.ts";
import { loadImages } from "../image/tree.ts";
import { compress } from "../steps/compress.ts";
import { checkCompanions, type Companion, findCompanions } from "./companions.ts";
import type { Totals } from "./arrivals.ts";
import { createBlobMover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { createEarlyStart, type ImageToCopy, readImage } from "./read.ts";
import { selectImages } from "./selection.ts";
import { commitImages, type Destination, putBlobs, putCompanions } from "./put.ts";
import { JOBS } from "./turns.ts";

export type { CopyOptions };

/** One image as it is at the destination. */
export interface CopiedImage {
  readonly descriptor: Descriptor;
  /** The names that it has there, as the place calls images: tags, in a repository. */
  readonly references: readonly string[];
}

/** Something attached to an image, as it is at the destination. */
export interface CopiedCompanion extends CopiedImage {
  /** The digest of what it is attached to. */
  readonly subject: Digest;
}

/** The images that are at the destination now, and what it took. */
export interface CopyResult extends Totals {
  readonly images: readonly CopiedImage[];
  /** The things that have come along with them, where that was asked for. */
  readonly companions?: readonly CopiedCompanion[];
}

/**
 * Copies images from a source to a sink. What is there already does not move; what does not have
 * to change keeps its bytes and its digest.
 * @throws NixociError of whatever went wrong first; nothing has been committed then.
 * @example
 * ```ts
 * import { copy, openSink, openSource, platform } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("docker-archive:out.tar");
 * const { images } = await copy(from, to, { steps: [platform()] });
 * console.log(images[0]?.descriptor.digest); // sha256:…
 * ```
 */
export async function copy(from: Source, to: Sink, options: CopyOptions = {}): Promise<CopyResult> {
  const { onEvent, dryRun, signal, pack = packAs } = options;
  const kind = choosePacking(from.traits ?? {}, to.traits);
  const packs = pack && kind !== "none" ? [pack(kind)] : [];
  return await useResources(async (hold) => {
    const scratch = options.scratch ?? hold(createScratch());
    const roundTrip = () => Math.max(from.roundTrip?.() ?? 0, to.roundTrip?.() ?? 0);
    const mountsFrom = to.mount && from.traits?.repository;
    const moving = hold(createBlobMover(to, { ...options, from: mountsFrom, roundTrip }));
    const how = { ...options, steps: [...options.steps ?? [], ...packs], scratch, moving };
    checkCompanions(to, options);
    if (createEarlyStart(to, how)) from.expectReaders?.(options.jobs ?? JOBS);
    const images: ImageToCopy[] = [];
    for (const selection of await selectImages(from, to, options)) {
      signal?.throwIfAborted();
      images.push(await readImage(from, selection, to, how));
    }
    const isAsked = options.referrers || options.digestTags;
    const roots = images.flatMap(({ root }) => root ?? []);
    const companions = isAsked ? await findCompanions(from, roots, options) : undefined;
    const put = await putImages(images, companions ?? [], { to, moving, onEvent }, dryRun);
    const copied = images.map((image) => describeCopied(image, put, to));
    if (!dryRun) { for (const image of copied) onEvent?.({ type: "committed", ...image }); }
    return {
      images: copied,
      ...companions && { companions: companions.map(describeCompanion) },
      ...moving.totals(),
    };
  });
}

/** Returns how plain layers are packed on their way, where nobody says it. */
export function choosePacking(
  { synthetic, packing }: SourceTraits,
  { layers }: SinkTraits,
): NonNullable<SourceTraits["packing"]> {
  if (layers === "tar") return "none";
  return packing ?? (synthetic && layers === "gzip" ? "gzip" : "none");
}

function packAs(kind: "gzip" | "zstd"): Step {
  return compress({ kind, onlyPlain: true });
}

/**
 * Puts the images that are not there, and makes them visible.
 * @returns for each of them what it is there.
 */
async function putImages(
  all: readonly ImageToCopy[],
  companions: readonly Companion[],
  destination: Destination,
  dryRun: boolean | undefined,
): Promise<ReadonlyMap<ImageToCopy, Descriptor>> {
  const missing = all.filter(isMissing);
  const images = missing.map(({ root, references }) => ({ root, references }));
  if (images.length === 0 && companions.length === 0) return new Map();
  const { to, onEvent } = destination;
  // Images come last: who finds one by its name finds what is attached to it.
  const named = [...companions.filter(({ references }) => references.length > 0), ...images];
  await runAtSide("destination", () => to.prepare?.(named));
  await reportUnpacking(images, to, onEvent);
  await putBlobs([...images, ...companions], destination);
  await putCompanions(companions, images, destination);
  if (dryRun) return new Map();
  const put = (await commitImages(named, destination)).slice(named.length - images.length);
  return new Map(missing.map((image, i) => [image, put[i]!]));
}

function isMissing(image: ImageToCopy): image is ImageToCopy & NamedRoot {
  return image.root !== undefined && !image.isDone;
}

function describeCopied(
  image: ImageToCopy,
  put: ReadonlyMap<ImageToCopy, Descriptor>,
  { naming }: Sink,
): CopiedImage {
  const { manifest, references } = image;
  return {
    descriptor: put.get(image) ?? manifest.descriptor,
    references: references.length > 0 ? references : naming?.own ?? [],
  };
}

function describeCompanion({ root, ...rest }: Companion): CopiedCompanion {
  return { descriptor: root.manifest.descriptor, ...rest };
}

/** Says what a place will not keep as it is. */
async function reportUnpacking(
  images: readonly NamedRoot[],
  { traits }: Sink,
  onEvent: CopyOptions["onEvent"],
): Promise<void> {
  if (traits.layers !== "tar") return;
  const layers = (await Promise.all(images.map(({ root }) => loadImages(root)))).flat()
    .flatMap((image) => image.layers);
  const packed = layers.filter(({ descriptor, diffId }) => descriptor.digest !== diffId).length;
  if (packed === 0) return;
  const message = `the destination holds layers as plain tars: ${packed} of ${layers.length} are ` +
    "unpacked, so that the manifest's digest changes; the image ID stays";
  onEvent?.({ type: "notice", code: "UNPACKED", message });
}
