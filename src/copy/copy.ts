/**
 * The engine, the only one: resolve, pass through the steps, put what is missing (children first),
 * commit. Every verb that stores an image ends here.
 */
import { type Choice, chosen } from "./selection.ts";
import { useResources } from "../base/dispose.ts";
import { codeOf, reason } from "../base/errors.ts";
import type { CopyEvent } from "./events.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Named, Sink, Source, Step, StepContext } from "../image/root.ts";
import { type Scratch, scratch } from "../image/scratch.ts";
import { imagesOf, type Tree, treeOf } from "../image/tree.ts";
import { metered } from "./metered.ts";
import { type Mover, mover } from "./mover.ts";
import { compress } from "../steps/compress.ts";

/** What is copied, and how it is to arrive. */
export interface CopyOptions extends Choice {
  /** What the root passes through, in this order. */
  readonly steps?: readonly Step[];
  /**
   * What packs plain layers of synthetic images where the sink would have them compressed; gzip by
   * default, `false` leaves them plain.
   */
  readonly pack?: Step | false;
  /** How many blobs move at a time, where the sink takes so many; 6 by default. */
  readonly jobs?: number;
  /** Say what would move, and move nothing. */
  readonly dryRun?: boolean;
  /** Where bytes lie that have to be made; by default a folder of the copy's own. */
  readonly scratch?: Scratch;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
}

/** One image as it is at the destination. */
export interface CopiedImage {
  readonly descriptor: Descriptor;
  readonly references: readonly string[];
}

/** What is at the destination now, and what it took. */
export interface CopyResult {
  readonly images: readonly CopiedImage[];
  /** How many blobs and manifests went which way. */
  readonly blobs: Readonly<Record<"moved" | "exists" | "mounted", number>>;
  /** Bytes that moved: those of the blobs that were missing. */
  readonly bytes: number;
}

/**
 * Copies images from a source to a sink. What is there already does not move; what does not have
 * to change keeps its bytes and its digest.
 * @throws NixociError of whatever went wrong first; nothing has been committed then.
 * @example
 * ```ts
 * import { copy, openSink, openSource } from "nixoci";
 * const from = await openSource("oci-dir:in");
 * const to = await openSink("docker-archive:out.tar");
 * try {
 *   const { images } = await copy(from, to);
 *   console.log(images[0]?.descriptor.digest);
 * } finally {
 *   await to[Symbol.asyncDispose]();
 *   await from[Symbol.asyncDispose]();
 * }
 * ```
 */
export async function copy(from: Source, to: Sink, options: CopyOptions = {}): Promise<CopyResult> {
  return await useResources(async (hold) => {
    const room = options.scratch ?? hold(scratch());
    const moving = hold(mover(to, { ...options, from: from.repository }));
    const images = await wanted(from, to, options, { scratch: room, moving });
    await to.prepare?.(images);
    await foretell(images, to, options.onEvent);
    await store(images, to, moving, { ...options, believes: true });
    const descriptors = options.dryRun
      ? images.map(({ root }) => root.manifest.descriptor)
      : await commit(images, to, moving, options);
    return report(images, descriptors, moving.totals, options);
  });
}

interface Workshop {
  readonly scratch: Scratch;
  readonly moving: Mover;
}

/** What is to be stored, and under which names: resolved and passed through the steps. */
async function wanted(
  from: Source,
  to: Sink,
  options: CopyOptions,
  { scratch, moving }: Workshop,
): Promise<Named[]> {
  const { onEvent, signal, steps = [], pack = PACK } = options;
  const context: StepContext = {
    scratch,
    ...(signal && { signal }),
    onNotice: (message) => onEvent?.({ type: "notice", message }),
    watch: (content) =>
      metered(content, signal, (bytes) => {
        onEvent?.({ type: "making", descriptor: content.descriptor, bytes });
      }),
    ...(to.parallel > 1 && !to.inOrder && !options.dryRun && {
      ready: (content: Content) => moving.begin("layer", content),
    }),
  };
  const packs = to.layers === "gzip" && from.synthetic && pack ? [pack] : [];
  const images: Named[] = [];
  for (const { reference, namesOf } of await chosen(from, to, options)) {
    signal?.throwIfAborted();
    let root = await from.resolve(reference);
    for (const step of [...steps, ...packs]) root = await step(root, context);
    images.push({ root, references: namesOf(root) });
  }
  return images;
}

const PACK = compress({ kind: "gzip", onlyPlain: true });

/** Says what a place will not keep as it is. */
async function foretell(images: readonly Named[], to: Sink, onEvent: CopyOptions["onEvent"]) {
  if (to.layers !== "tar") return;
  const layers = (await Promise.all(images.map(({ root }) => imagesOf(root)))).flat()
    .flatMap((image) => image.layers);
  const packed = layers.filter(({ descriptor, diffId }) => descriptor.digest !== diffId).length;
  if (packed === 0) return;
  const message = `the destination holds layers as plain tars: ${packed} of ${layers.length} are ` +
    "unpacked, so that the manifest's digest changes; the image ID stays";
  onEvent?.({ type: "notice", message });
}

/** Everything but the roots' own manifests, children first. */
async function store(
  images: readonly Named[],
  to: Sink,
  moving: Mover,
  { onEvent, believes }: CopyOptions & { readonly believes: boolean },
): Promise<void> {
  const missing: Tree[] = [];
  for (const image of images) {
    const { root } = image;
    const tree = await treeOf(root);
    for (const { descriptor } of tree.foreign) {
      onEvent?.({ type: "notice", message: foreignNotice(descriptor) });
    }
    if (believes && to.closed && await to.has(root.manifest.descriptor)) {
      for (const { kind, content } of tree.blobs) moving.isThere(kind, content.descriptor);
    } else missing.push(believes ? await withoutHeld(tree, image, to, moving) : tree);
  }
  const blobs = missing.flatMap((tree) => tree.blobs);
  onEvent?.({
    type: "plan",
    blobs: blobs.map(({ kind, content: { descriptor } }) => ({ kind, descriptor })),
  });
  for (const { kind, content } of blobs) moving.begin(kind, content);
  await moving.settled();
  for (const { manifests } of missing) {
    // In order: an index that is itself a child comes after its children.
    for (const manifest of manifests) await moving.move("manifest", manifest);
  }
}

/** The tree without the blobs that the place holds for sure. */
async function withoutHeld(tree: Tree, image: Named, to: Sink, moving: Mover): Promise<Tree> {
  const held = await to.holds?.(image) ?? new Set();
  const isHeld = ({ content }: Tree["blobs"][number]) => held.has(content.descriptor.digest);
  for (const { kind, content } of tree.blobs.filter(isHeld)) {
    moving.isThere(kind, content.descriptor);
  }
  return { ...tree, blobs: tree.blobs.filter((blob) => !isHeld(blob)) };
}

/** Names for the images; once more from the blobs up, where a registry has lost some of them. */
async function commit(
  images: readonly Named[],
  to: Sink,
  moving: Mover,
  options: CopyOptions,
): Promise<readonly Descriptor[]> {
  try {
    return await to.commit(images);
  } catch (error) {
    if (!to.closed || codeOf(error) !== "INCOMPLETE") throw error;
    options.onEvent?.({ type: "notice", message: `${reason(error)}; looking at every blob` });
    await store(images, to, moving, { ...options, believes: false });
    return await to.commit(images);
  }
}

function foreignNotice({ digest, urls = [] }: Descriptor): string {
  return `layer ${digest} is not to be passed on (licence); it stays at ${urls[0] ?? "its source"}`;
}

function report(
  images: readonly Named[],
  descriptors: readonly Descriptor[],
  totals: Pick<CopyResult, "blobs" | "bytes">,
  { onEvent, dryRun }: CopyOptions,
): CopyResult {
  const copied = images.map(({ references }, i) => ({ descriptor: descriptors[i]!, references }));
  if (!dryRun) { for (const image of copied) onEvent?.({ type: "committed", ...image }); }
  return { images: copied, ...totals };
}
