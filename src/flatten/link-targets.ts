/** Finds the files that hard links name and that did not show when their layer went by. */
import { readLayerTar } from "../image/layer/layer.ts";
import type { Layer } from "../image/root.ts";
import { hasContent } from "../tar/entry.ts";
import { decodeName } from "../tar/name.ts";
import { readTar } from "../tar/read.ts";
import { LayerTree } from "./tree/layer-tree.ts";
import { ROOT } from "./tree/name-tree.ts";
import type { ContentStore, FlatTree, MergeOptions } from "./types.ts";

/** A file that is known by the names of links, and still to be found. */
export interface MissingFile {
  /** The first link's name and target, for messages. */
  readonly path: string;
  readonly linkpath: string;
  /** A stand-in until the file is found; or the file itself, whose content has not been kept. */
  readonly file: number;
  readonly isKnown: boolean;
  /** The file is the last of this path in the layer before the member of that number, or below. */
  readonly target: string;
  readonly layer: number;
  readonly before: number;
  /** The names that are wanted. */
  readonly nodes: number[];
}

/** The last thing that a layer says at a path, as far as it has been read. */
export type LayerStatement =
  | { readonly file: number }
  | { readonly target: string; readonly before: number };

/** A missing file, and what its layer says of it: `undefined` when a layer below has it. */
export type Finding = readonly [missing: MissingFile, statement: LayerStatement | undefined];

/** The tree that is being made, and where contents go. */
export interface LinkContext {
  readonly tree: LayerTree;
  readonly store: ContentStore;
  readonly options: MergeOptions;
}

/** Merges layers; passed as a value, because merging needs this file. */
export type LayerMerger = (
  image: { readonly layers: readonly Layer[] },
  store: ContentStore,
  options: MergeOptions,
) => Promise<FlatTree>;

/** Reads the layer that has the links once more, and keeps the files that they lead to. */
export async function readAgain(
  layer: Layer,
  number: number,
  wanted: readonly MissingFile[],
  context: LinkContext,
): Promise<Finding[]> {
  const queue = wanted.toSorted((a, b) => a.before - b.before);
  const findings: Finding[] = [];
  const said = new Map<string, LayerStatement | undefined>();
  const known = new Map<string, number>();
  for (const { target, isKnown, file } of wanted) {
    said.set(target, undefined);
    if (isKnown) known.set(target, file);
  }
  // The layer by itself, so that its own links lead where they led before.
  const tree = new LayerTree();
  tree.beginLayer(1);
  let passed = 0;
  for await (const member of readTar(readLayerTar(layer, context.options.signal))) {
    for (; queue[0] !== undefined && queue[0].before <= passed; queue.shift()) {
      const { target } = queue[0];
      const statement = said.get(target);
      findings.push([queue[0], statement]);
      // What comes later at that path is another file.
      if (statement !== undefined && known.has(target)) said.delete(target);
    }
    const { entry, storedSize } = member;
    const link = entry.type === "hardlink" ? tree.targetOf(entry.linkpath) : undefined;
    const path = tree.pathOf(tree.add(member, link) || ROOT);
    if (said.has(path)) {
      if (entry.type === "directory") said.set(path, undefined);
      else if (link !== undefined) {
        said.set(path, { target: link.map(decodeName).join("/"), before: passed });
      } else {
        const file = known.get(path) ?? context.tree.files.add(entry, storedSize, number);
        if (hasContent(entry.type)) await context.store.put(file, member, layer);
        said.set(path, { file });
      }
    }
    passed++;
  }
  return findings;
}

/**
 * Finds the file that layers show at a path, and keeps its content.
 * @returns its number; `undefined` when there is no file.
 */
export async function findBelow(
  target: string,
  layers: readonly Layer[],
  merge: LayerMerger,
  { tree, store, options: { signal } }: LinkContext,
): Promise<number | undefined> {
  const kept = new Map<number, number>();
  const below: ContentStore = {
    put: async (file, member, layer) => {
      const { entry, storedSize } = member;
      const ours = tree.files.add(entry, storedSize, layers.indexOf(layer) + 1);
      kept.set(file, ours);
      await store.put(ours, member, layer);
    },
  };
  const wants = (name: string) => name === target;
  const entry = (await merge({ layers }, below, { wants, signal })).find(target);
  if (entry === undefined || entry.type === "directory") return undefined;
  return kept.get(entry.file) ?? tree.files.add(entry, entry.storedSize, entry.layer);
}
