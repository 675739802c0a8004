/** Merges an image's layers: reads them newest first, and finds what shows in the end. */
import type { Notice } from "../base/notices.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import { checkEntries } from "../image/layer/bounds.ts";
import { readLayerTar } from "../image/layer/layer.ts";
import type { Image, Layer } from "../image/root.ts";
import { hasContent } from "../tar/entry.ts";
import { readTar, type TarMember } from "../tar/read.ts";
import { type ItemStream, readItemsAhead } from "../bytes/flow/ahead/items.ts";
import { HardLinks } from "./hard-links.ts";
import { LayerTree } from "./tree/layer-tree.ts";
import type { ContentStore, FlatTree, MergeOptions } from "./types.ts";
import { createFlatTree } from "./tree/flat-tree.ts";

/** A layer, and its place in the image: 1 is the lowest. */
export interface NumberedLayer {
  readonly layer: Layer;
  readonly number: number;
}

/**
 * Merges the layers of an image to its final file system, as the image specification says. Each
 * layer is read once and proved; a second time only one that has a file which shows under the name
 * of a hard link alone. Memory: some hundred bytes a file, whatever their contents.
 * @param store keeps the contents of files that show.
 * @throws NixociError `DIGEST` when a layer is not what its diffID says; `UNSAFE` for names that
 * leave the image; `LIMIT` past the bounds of a layer; `MALFORMED` for hard links to nothing, and as `readTar` does; `NOT_FOUND` when
 * there is no such layer.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 * @example
 * ```ts
 * import { mergeLayers, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const tree = await mergeLayers(await resolveImage(source), { put() {} }); // keeps no contents
 * console.log(tree.find("hello")?.type); // file
 * ```
 */
export async function mergeLayers(
  image: Pick<Image, "layers">,
  store: ContentStore,
  options: MergeOptions = {},
): Promise<FlatTree> {
  const tree = new LayerTree({ plain: options.layer !== undefined });
  return await mergeInto(tree, image, store, options, (node, member, layer) => {
    return store.put(tree.fileAt(node), member, layer);
  });
}

/**
 * Merges as {@link mergeLayers} does, into a tree that is empty.
 * @param keep keeps the contents that show when they go by; the store, those that are found later.
 */
export async function mergeInto(
  tree: LayerTree,
  image: Pick<Image, "layers">,
  store: ContentStore,
  options: MergeOptions,
  keep: TakeMember,
): Promise<FlatTree> {
  const merging = { tree, links: new HardLinks({ tree, store, options }), store, options };
  await addLayers(selectLayers(image, options.layer), merging, (node, member, layer) => {
    if (!hasContent(member.entry.type)) return;
    if (options.wants?.(tree.pathOf(node)) !== false) return keep(node, member, layer);
    merging.links.noteUnkept(tree.fileAt(node));
  });
  if (options.layer === undefined) await merging.links.resolve(image.layers, mergeLayers);
  return createFlatTree(tree, merging.links.shared, options.wants);
}

/** A tree that is being made of layers, and what it is made with. */
export interface Merging {
  readonly tree: LayerTree;
  readonly links: HardLinks;
  readonly store: ContentStore;
  readonly options: MergeOptions;
}

/** Takes a member that shows now, at a node of the tree; awaited if there is something to await. */
export type TakeMember = (node: number, member: TarMember, layer: Layer) => Promise<void> | void;

/**
 * Adds layers to a tree, and lets `take` have the members that show. Not all that it gets will be in
 * the tree: what the same layer says again replaces what it said before.
 */
export async function addLayers(
  layers: readonly NumberedLayer[],
  { tree, links, store, options }: Merging,
  take: TakeMember,
): Promise<void> {
  for await (const { item, stream } of readArchives(layers, store, options.signal)) {
    const { digest } = item.layer.descriptor;
    tree.beginLayer(item.number);
    links.beginLayer(item.number);
    try {
      const onNotice = ({ code, message }: Notice) =>
        options.onNotice?.({ code, message: `layer ${digest}: ${message}` });
      let count = 0;
      for await (const member of readTar(stream, { onNotice })) {
        checkEntries(item.layer, ++count);
        options.onEntry?.(member.entry, item.number, member.storedSize);
        const node = links.add(member);
        const taken = node === 0 ? undefined : take(node, member, item.layer);
        if (taken !== undefined) await taken;
      }
    } catch (error) {
      throw wrapError(error, `Cannot read layer ${digest}`);
    }
  }
}

/** Reads the layers' archives, one after another; the store hears of each before. */
export function readArchives(
  layers: readonly NumberedLayer[],
  store: ContentStore,
  signal: AbortSignal | undefined,
): AsyncIterable<ItemStream<NumberedLayer>> {
  return readItemsAhead(layers, async function* ({ layer }) {
    await store.begin?.(layer);
    yield* readLayerTar(layer, signal);
  });
}

/** Selects the layers to read, newest first. */
export function selectLayers(
  { layers }: Pick<Image, "layers">,
  only: number | undefined,
): NumberedLayer[] {
  const numbered = layers.map((layer, i) => ({ layer, number: i + 1 })).reverse();
  if (only === undefined) return numbered;
  const found = numbered.filter(({ number }) => number === only);
  if (found.length > 0) return found;
  throw new NixociError("NOT_FOUND", `the image has no layer ${only}`, {
    hint: `it has ${layers.length}, of which 1 is the lowest`,
  });
}
