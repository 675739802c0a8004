/** From what a copy is told to the roots that are to be stored, and the names that they get. */
import { atSide } from "../base/errors.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Layer, Root, Sink, Source, Step, StepContext } from "../image/root.ts";
import type { Scratch } from "../image/scratch.ts";
import { compress } from "../steps/compress.ts";
import type { Mover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { selectImages, type Selection } from "./selection.ts";
import { meterContent } from "./watch.ts";

/** What a copy is told, and what it works with. */
export interface ReadOptions extends CopyOptions {
  readonly scratch: Scratch;
  readonly moving: Mover;
}

const PACK = compress({ kind: "gzip", onlyPlain: true });

/** An image of a copy; without a root it is at the destination already, under its names. */
export interface ImageToCopy {
  readonly descriptor: Descriptor;
  readonly references: readonly string[];
  readonly root?: Root;
}

/** Reads the images that a copy is about, and passes them through its steps. */
export async function readImages(
  from: Source,
  to: Sink,
  options: ReadOptions,
): Promise<ImageToCopy[]> {
  const { signal, pack = PACK } = options;
  const packs = to.traits.layers === "gzip" && from.traits?.synthetic && pack ? [pack] : [];
  const steps: Step[] = [...options.steps ?? [], ...packs];
  const images: ImageToCopy[] = [];
  for (const selection of await selectImages(from, to, options)) {
    signal?.throwIfAborted();
    images.push(await readImage(from, selection, to, { ...options, steps }));
  }
  return images;
}

async function readImage(
  from: Source,
  { reference, namesOf }: Selection,
  to: Sink,
  { steps, ...options }: ReadOptions & { readonly steps: readonly Step[] },
): Promise<ImageToCopy> {
  const nameOf = (descriptor: Descriptor) => ({ descriptor, references: namesOf(descriptor) });
  const found = await atSide("source", () => from.find?.(reference));
  const isKept = found !== undefined && steps.every((step) => step.keeps?.(found.descriptor));
  if (isKept) {
    const image = nameOf(found.descriptor);
    if (await isDone(image, to, options)) return image;
  }
  const given = await atSide("source", () => found?.load() ?? from.resolve(reference));
  const root = await applySteps(steps, given, contextOf(to, options));
  const image = nameOf(root.manifest.descriptor);
  if (!isKept && await isDone(image, to, options)) return image;
  return { ...image, root };
}

async function isDone(
  { descriptor, references }: ImageToCopy,
  to: Sink,
  { dryRun }: CopyOptions,
): Promise<boolean> {
  if (dryRun) return false; // it says what is there, blob by blob
  return await atSide("destination", () => to.isCommitted?.(descriptor, references)) ?? false;
}

async function applySteps(steps: readonly Step[], found: Root, context: StepContext) {
  const given = ofSource(found);
  let root = given;
  for (const step of steps) root = await step(root, context);
  return root === given ? found : root;
}

/** The same root; when its children cannot be loaded, that is the source's failure. */
function ofSource(root: Root): Root {
  if (root.kind !== "index") return root;
  const children = root.children.map(({ descriptor, load }) => ({
    descriptor,
    load: () => atSide("source", async () => ofSource(await load())),
  }));
  return { ...root, children };
}

function contextOf({ traits }: Sink, options: ReadOptions): StepContext {
  const { scratch, signal, moving, onEvent, dryRun } = options;
  const takesEarly = traits.parallel > 1 && !traits.ordered && !dryRun;
  return {
    scratch,
    signal,
    onNotice: (notice) => onEvent?.({ type: "notice", ...notice }),
    watch: <C extends Content>(content: C) =>
      meterContent(content, signal, (bytes) => {
        onEvent?.({ type: "making", descriptor: content.descriptor, bytes });
      }),
    ready: takesEarly ? (content: Layer) => moving.begin({ kind: "layer", content }) : undefined,
  };
}
