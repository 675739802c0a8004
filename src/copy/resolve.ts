/** What is to be stored, and under which names: resolved, and passed through the steps. */
import { atSide } from "../base/errors.ts";
import type { Content } from "../image/content.ts";
import type { Layer, NamedRoot, Root, Sink, Source, Step, StepContext } from "../image/root.ts";
import type { Scratch } from "../image/scratch.ts";
import { compress } from "../steps/compress.ts";
import type { Mover } from "./mover.ts";
import type { CopyOptions } from "./options.ts";
import { selectImages } from "./selection.ts";
import { meterContent } from "./watch.ts";

/** What a copy is told, and what it works with. */
export interface ResolveOptions extends CopyOptions {
  readonly scratch: Scratch;
  readonly moving: Mover;
}

const PACK = compress({ kind: "gzip", onlyPlain: true });

/** Resolves the images that a copy is about, and passes them through its steps. */
export async function resolveImages(
  from: Source,
  to: Sink,
  options: ResolveOptions,
): Promise<NamedRoot[]> {
  const { signal, pack = PACK } = options;
  const context = contextOf(to, options);
  const packs = to.traits.layers === "gzip" && from.traits?.synthetic && pack ? [pack] : [];
  const steps: Step[] = [...options.steps ?? [], ...packs];
  const images: NamedRoot[] = [];
  for (const { reference, namesOf } of await selectImages(from, to, options)) {
    signal?.throwIfAborted();
    const found = await atSide("source", () => from.resolve(reference));
    const root = await applySteps(steps, found, context);
    images.push({ root, references: namesOf(root) });
  }
  return images;
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
