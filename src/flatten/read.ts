/** Reads an image's layers, newest first, and finds what shows in the end. */
import { during, NixociError } from "../base/errors.ts";
import { tarOf } from "../image/layer.ts";
import type { Image, Layer } from "../image/root.ts";
import { hasContent } from "../tar/entry.ts";
import { readTar } from "../tar/read.ts";
import { inTurn, type Turn } from "../bytes/flow/ahead/items.ts";
import { Links } from "./links.ts";
import { Tree } from "./tree.ts";
import type { ContentStore, FlatTree } from "./types.ts";
import { flatTree } from "./walk.ts";

/** What of an image is wanted. */
export interface FlattenOptions {
  /** Whether a path is wanted, as entries have it; all are by default. Directories come along. */
  readonly wants?: (path: string) => boolean;
  /** Show this layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  readonly signal?: AbortSignal;
}

/** A layer, and its place in the image: 1 is the lowest. */
export interface Numbered {
  readonly layer: Layer;
  readonly number: number;
}

/**
 * The final file system of an image: its layers merged as the image specification says. Each layer
 * is read once and proved; a second time only one that has a file which shows under the name of a hard
 * link alone. Memory: some hundred bytes a file, whatever their contents.
 * @param store keeps the contents of files that show.
 * @throws NixociError `DIGEST` when a layer is not what its diffID says; `UNSAFE` for names that
 * leave the image; `MALFORMED` for hard links to nothing, and as `readTar` does; `NOT_FOUND` when
 * there is no such layer.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 */
export async function flattened(
  image: Pick<Image, "layers">,
  store: ContentStore,
  options: FlattenOptions = {},
): Promise<FlatTree> {
  const alone = options.layer !== undefined;
  const layers = chosen(image, options.layer);
  const tree = new Tree({ plain: alone });
  const links = new Links(tree, store, options);
  for await (const { item, stream } of archivesInTurn(layers, store, options.signal)) {
    tree.beginLayer(item.number);
    links.beginLayer(item.number);
    try {
      for await (const member of readTar(stream)) {
        const node = tree.add(member);
        links.passed(node, member.entry);
        if (node === 0 || !hasContent(member.entry.type)) continue;
        const file = tree.fileAt(node);
        if (options.wants?.(tree.pathOf(node)) === false) links.unkept(file);
        else {
          const taken = store.put(file, member, item.layer);
          if (taken !== undefined) await taken;
        }
      }
    } catch (error) {
      throw during(error, `Cannot read layer ${item.layer.descriptor.digest}`);
    }
  }
  if (!alone) await links.resolve(image.layers, flattened);
  return flatTree(tree, links.shared, options.wants);
}

/** The layers' archives, one after another; the store hears of each before. */
export function archivesInTurn(
  layers: readonly Numbered[],
  store: ContentStore,
  signal: AbortSignal | undefined,
): AsyncIterable<Turn<Numbered>> {
  return inTurn(layers, async function* ({ layer }) {
    await store.begin?.(layer);
    yield* tarOf(layer, signal);
  });
}

/** The layers to read, newest first. */
function chosen({ layers }: Pick<Image, "layers">, only: number | undefined): Numbered[] {
  const numbered = layers.map((layer, i) => ({ layer, number: i + 1 })).reverse();
  if (only === undefined) return numbered;
  const found = numbered.filter(({ number }) => number === only);
  if (found.length > 0) return found;
  throw new NixociError("NOT_FOUND", `the image has no layer ${only}`, {
    hint: `it has ${layers.length}, of which 1 is the lowest`,
  });
}
