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
import { createBlobMover, JOBS, type Totals } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { createEarlyStart, type ImageToCopy, readImage } from "./read.ts";
import { selectImages } from "./selection.ts";
import { commitImages, type Destination, putBlobs, putCompanions } from "./put.ts";

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
  const { onEvent, dryRun, pack = packAs } = options;
  const { repository } = from.traits ?? {};
  const kind = choosePacking(from.traits ?? {}, to.traits);
  const packs = pack && kind !== "none" ? [pack(kind)] : [];
  return await useResources(async (hold) => {
    const scratch = options.scratch ?? hold(createScratch());
    const roundTrip = () => Math.max(from.roundTrip?.() ?? 0, to.roundTrip?.() ?? 0);
    const moving = hold(
      createBlobMover(to, { ...options, from: to.mount && repository, roundTrip }),
    );
    const how = { ...options, steps: [...options.steps ?? [], ...packs], scratch, moving };
    checkCompanions(to, options);
    if (createEarlyStart(to, how)) from.expectReaders?.(options.jobs ?? JOBS);
    const images: ImageToCopy[] = [];
    for (const selection of await selectImages(from, to, options)) {
      options.signal?.throwIfAborted();
      images.push(await readImage(from, selection, to, how));
    }
    const isAsked = options.referrers || options.digestTags;
    const roots = images.flatMap(({ root }) => root ?? []);
    const companions = isAsked ? await findCompanions(from, roots, options) : [];
    const missing = images.flatMap(({ root, references, isDone }) =>
      root && !isDone ? { root, references } : []
    );
    const put = [...await putImages(missing, companions, { to, moving, onEvent }, dryRun)];
    const copied = images.map(({ manifest, references, root, isDone }) => ({
      descriptor: (root && !isDone && put.shift()) || manifest.descriptor,
      references: references.length > 0 ? references : to.naming?.own ?? [],
    }));
    if (!dryRun) { for (const image of copied) onEvent?.({ type: "committed", ...image }); }
    const attached = companions.map(({ root, ...rest }) => ({
      descriptor: root.manifest.descriptor,
      ...rest,
    }));
    return { images: copied, ...isAsked && { companions: attached }, ...moving.totals() };
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

/** Puts the images, and makes them visible; returns what they are called there. */
async function putImages(
  images: readonly NamedRoot[],
  companions: readonly Companion[],
  destination: Destination,
  dryRun: boolean | undefined,
): Promise<readonly Descriptor[]> {
  if (images.length === 0 && companions.length === 0) return [];
  const { to, onEvent } = destination;
  // Images come last: who finds one by its name finds what is attached to it.
  const named = [...companions.filter(({ references }) => references.length > 0), ...images];
  await runAtSide("destination", () => to.prepare?.(named));
  await reportUnpacking(images, to, onEvent);
  await putBlobs([...images, ...companions], destination);
  await putCompanions(companions, images, destination);
  if (dryRun) return [];
  return (await commitImages(named, destination)).slice(named.length - images.length);
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
