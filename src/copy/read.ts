/** Reads the images of a copy: from what is selected to the roots that are to be stored. */
import { runAtSide } from "../base/errors.ts";
import type { Content } from "../image/content.ts";
import type { Layer, NamedManifest, OnLayers, Root } from "../image/root.ts";
import type { Sink, SinkTraits } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import { isForeign } from "../image/media-types.ts";
import type { Step, StepContext } from "../image/step.ts";
import type { Scratch } from "../image/disk/scratch.ts";
import { joinSteps } from "../steps/join-steps.ts";
import { listCompanions } from "./companions.ts";
import type { BlobMover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import type { SelectedImage } from "./selection.ts";
import { watchContent } from "./watch.ts";

/** The options of a copy, and what it works with. */
export interface ReadOptions extends CopyOptions {
  readonly scratch: Scratch;
  readonly moving: BlobMover;
}

/** An image of a copy. */
export interface ImageToCopy extends NamedManifest {
  /** Left out where it need not be read. */
  readonly root?: Root;
  /** It is at the destination already, under its names. */
  readonly isDone?: boolean;
}

/** Reads an image, and passes it through the steps, unless it shows that it is there already. */
export async function readImage(
  from: Source,
  { reference, namesOf }: SelectedImage,
  to: Sink,
  options: ReadOptions,
): Promise<ImageToCopy> {
  const { steps = [], referrers, digestTags } = options;
  const isRead = referrers || digestTags; // what is attached may be missing all the same
  const nameIt = (manifest: Content) => ({ manifest, references: namesOf(manifest.descriptor) });
  const found = await runAtSide("source", () => from.readManifest?.(reference));
  const isKept = found !== undefined &&
    steps.every((step) => step.keeps?.(found.manifest.descriptor));
  if (isKept) {
    const image = nameIt(found.manifest);
    const isDone = await isThere(image, to, options);
    if (isDone && isRead) return { ...image, isDone, root: await runAtSide("source", found.load) };
    if (isDone) return { ...image, isDone };
  }
  const onLayers = createEarlyStart(to, options);
  const load = () => found?.load(isKept ? onLayers : undefined) ?? from.resolve(reference);
  const given = await runAtSide("source", load);
  const root = await applySteps(steps, given, { ...contextOf(to, options), onLayers });
  const image = nameIt(root.manifest);
  if (isRead) await reportLeftBehind(from, { given, root }, options);
  const isDone = !isKept && await isThere(image, to, options);
  return { ...image, root, isDone };
}

/** Says that what is attached to an image does not follow it into another digest, or out of its index. */
async function reportLeftBehind(
  from: Source,
  { given, root }: { readonly given: Root; readonly root: Root },
  options: CopyOptions,
): Promise<void> {
  const [before, after] = [given, root].map(({ manifest }) => manifest.descriptor.digest);
  if (before === undefined || before === after) return;
  const say = (message: string) =>
    options.onEvent?.({ type: "notice", code: "LEFT_BEHIND", message });
  if (given.kind === root.kind) {
    return say(`${before} is changed on the way: what is attached to it is not copied`);
  }
  const { length } = await runAtSide("source", () => listCompanions(from, before, options));
  if (length === 0) return;
  say(
    `what is attached to the index ${before} (${length}) is not copied with one image of it; ` +
      "--all takes the whole index",
  );
}

async function isThere(image: NamedManifest, to: Sink, { dryRun }: CopyOptions): Promise<boolean> {
  if (dryRun) return false; // it says what is there, blob by blob
  return await runAtSide("destination", () => to.isCommitted?.(image)) ?? false;
}

async function applySteps(steps: readonly Step[], found: Root, context: StepContext) {
  const given = markChildren(found);
  const root = await joinSteps(steps)(given, context);
  return root === given ? found : root;
}

/** Returns the same root; when its children cannot be loaded, that is the source's failure. */
function markChildren(root: Root): Root {
  if (root.kind !== "index") return root;
  const children = root.children.map(({ descriptor, load }) => ({
    descriptor,
    load: (onLayers?: OnLayers) =>
      runAtSide("source", async () => markChildren(await load(onLayers))),
  }));
  return { ...root, children };
}

/** Tells whether blobs may be put before all images are known. */
function canTakeEarly({ parallel, ordered }: SinkTraits, { dryRun }: CopyOptions): boolean {
  return parallel > 1 && !ordered && !dryRun;
}

/**
 * Creates what stores layers while their image's config is on its way, where a place holds them as they
 * come, and is not asked first whether it has the whole image. Who wants one thing at a time may have it
 * of a server that has no more than one connection, so that the config comes first.
 */
export function createEarlyStart({ traits }: Sink, options: ReadOptions): OnLayers | undefined {
  const isOneByOne = options.jobs === 1;
  if (isOneByOne || !canTakeEarly(traits, options) || traits.layers || traits.closed) return;
  return (layers) => {
    for (const layer of layers) if (!isForeign(layer.descriptor)) options.moving.beginLayer(layer);
  };
}

function contextOf({ traits }: Sink, options: ReadOptions): StepContext {
  const { scratch, signal, moving, onEvent } = options;
  const isEarly = canTakeEarly(traits, options);
  return {
    scratch,
    signal,
    onNotice: (notice) => onEvent?.({ type: "notice", ...notice }),
    watch: <C extends Content>(content: C) =>
      watchContent(content, signal, (bytes) => {
        onEvent?.({ type: "making", descriptor: content.descriptor, bytes });
      }),
    ready: isEarly ? (content: Layer) => moving.begin({ kind: "layer", content }) : undefined,
    // One at a time would have to wait until the one before it is whole.
    takeUnnamed: isEarly && options.jobs !== 1 ? moving.takeUnnamed : undefined,
  };
}
