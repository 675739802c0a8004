/** Merges an image's layers: reads them newest first, and finds what shows in the end. */
import type { Notice } from "../base/notices.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import { checkEntries } from "../image/bounds.ts";
import { readLayerTar } from "../image/layer.ts";
import type { Image, Layer } from "../image/root.ts";
import { hasContent } from "../tar/entry.ts";
import { readTar } from "../tar/read.ts";
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
  const alone = options.layer !== undefined;
  const layers = selectLayers(image, options.layer);
  const tree = new LayerTree({ plain: alone });
  const links = new HardLinks({ tree, store, options });
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
        if (node === 0 || !hasContent(member.entry.type)) continue;
        const file = tree.fileAt(node);
        if (options.wants?.(tree.pathOf(node)) === false) links.noteUnkept(file);
        else {
          const taken = store.put(file, member, item.layer);
          if (taken !== undefined) await taken;
        }
      }
    } catch (error) {
      throw wrapError(error, `Cannot read layer ${digest}`);
    }
  }
  if (!alone) await links.resolve(image.layers, mergeLayers);
  return createFlatTree(tree, links.shared, options.wants);
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
function selectLayers(
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
