/** What is to be stored, and under which names: resolved, and passed through the steps. */
import { atSide } from "../base/errors.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { Layer, NamedRoot, Root, Sink, Source, Step, StepContext } from "../image/root.ts";
import type { Scratch } from "../image/scratch.ts";
import { compress } from "../steps/compress.ts";
import type { Mover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { selectImages, type Selection } from "./selection.ts";
import { meterContent } from "./watch.ts";

/** What a copy is told, and what it works with. */
export interface ResolveOptions extends CopyOptions {
  readonly scratch: Scratch;
  readonly moving: Mover;
}

const PACK = compress({ kind: "gzip", onlyPlain: true });

/** An image of a copy, and what is to be stored of it: nothing when it is there, under its names. */
export interface PlannedImage {
  readonly descriptor: Descriptor;
  readonly references: readonly string[];
  readonly image?: NamedRoot;
}

/** Resolves the images that a copy is about, and passes them through its steps. */
export async function resolveImages(
  from: Source,
  to: Sink,
  options: ResolveOptions,
): Promise<PlannedImage[]> {
  const { signal, pack = PACK } = options;
  const packs = to.traits.layers === "gzip" && from.traits?.synthetic && pack ? [pack] : [];
  const steps: Step[] = [...options.steps ?? [], ...packs];
  const images: PlannedImage[] = [];
  for (const selection of await selectImages(from, to, options)) {
    signal?.throwIfAborted();
    images.push(await resolveImage(from, selection, to, { ...options, steps }));
  }
  return images;
}

async function resolveImage(
  from: Source,
  { reference, namesOf }: Selection,
  to: Sink,
  { steps, ...options }: ResolveOptions & { readonly steps: readonly Step[] },
): Promise<PlannedImage> {
  const plan = (descriptor: Descriptor) => ({ descriptor, references: namesOf(descriptor) });
  const found = await atSide("source", () => from.find?.(reference));
  const isKept = found !== undefined && steps.every((step) => step.keeps?.(found.descriptor));
  if (isKept) {
    const planned = plan(found.descriptor);
    if (await isDone(planned, to, options)) return planned;
  }
  const given = await atSide("source", () => found?.load() ?? from.resolve(reference));
  const root = await applySteps(steps, given, contextOf(to, options));
  const planned = plan(root.manifest.descriptor);
  if (!isKept && await isDone(planned, to, options)) return planned;
  return { ...planned, image: { root, references: planned.references } };
}

async function isDone(
  { descriptor, references }: PlannedImage,
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

function contextOf({ traits }: Sink, options: ResolveOptions): StepContext {
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
