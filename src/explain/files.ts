/** Reads all layers of an image once, and says what each adds, hides and wastes. */
import { mergeLayers } from "../flatten/merge.ts";
import { markOf, partsOf } from "../flatten/tree/path.ts";
import type { FlatEntry, FlatTree } from "../flatten/types.ts";
import type { Image } from "../image/root.ts";
import { hasContent, type TarEntry } from "../tar/entry.ts";
import { CoverTree } from "./cover.ts";
import { findStorePathAt } from "./store-place.ts";
import { createTop } from "./top.ts";

/** The sums over a layer's members, in bytes of content: headers and padding do not count. */
export interface LayerContent {
  /** Its members, whiteouts left out. */
  readonly entries: number;
  /** All that it stores. */
  readonly adds: number;
  /** Of that, what the final image does not show: it is overwritten or deleted further up. */
  readonly wastes: number;
  /** Bytes of the layers under it that it is the first to hide. */
  readonly hides: number;
  /** Its whiteouts. */
  readonly whiteouts: number;
}

/** A file of the final image. */
export interface SizedFile {
  /** Absolute. */
  readonly path: string;
  /** Bytes of content. */
  readonly size: number;
  readonly layer: number;
}

/** A store path as the image has it. */
export interface FoundStorePath {
  readonly path: string;
  /** Bytes of content that show below it. */
  readonly size: number;
  readonly files: number;
  /** The layers that have something of it, lowest first. */
  readonly layers: readonly number[];
}

/** The sums over the layers of an image, and its files. */
export interface LayerFiles {
  /** In the order of the image's layers. */
  readonly layers: readonly LayerContent[];
  /** The largest files of the final image, the largest first. */
  readonly biggest: readonly SizedFile[];
  /** Sorted by path. */
  readonly storePaths: readonly FoundStorePath[];
  /** The final image. */
  readonly tree: FlatTree;
}

/** A member of a layer, as {@link FilesOptions} has it. */
export interface SeenMember {
  readonly entry: TarEntry;
  readonly layer: number;
  readonly storedSize: number;
  /** The first layer above that hides it; 0 when it shows, or is a whiteout. */
  readonly hiddenBy: number;
  readonly isMark: boolean;
}

/** Options for reading the files. */
export interface FilesOptions {
  /** The number of largest files; 10 by default. */
  readonly biggest?: number | undefined;
  /** Called for each member of each layer, newest layer first. */
  readonly onMember?: ((member: SeenMember) => void) | undefined;
  /** Called with the content of each file that may show. */
  readonly store?: Parameters<typeof mergeLayers>[1] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads all layers of an image, each once, and says what they come to. Some hundred bytes a file are
 * kept, no contents.
 * @throws what `flatten` throws.
 * @example
 * ```ts
 * import { openSource, readLayerFiles, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const { layers } = await readLayerFiles(await resolveImage(source));
 * console.log(layers[0]?.wastes); // 0
 * ```
 */
export async function readLayerFiles(
  image: Pick<Image, "layers">,
  options: FilesOptions = {},
): Promise<LayerFiles> {
  const sums = image.layers.map(() => ({ entries: 0, adds: 0, wastes: 0, hides: 0, whiteouts: 0 }));
  const cover = new CoverTree();
  let current = 0;
  const tree = await mergeLayers(image, options.store ?? { put() {} }, {
    signal: options.signal,
    onEntry(entry, layer, storedSize) {
      if (layer !== current) cover.beginLayer(current = layer);
      const sum = sums[layer - 1]!;
      const parts = partsOf(entry.path);
      const mark = markOf(parts, entry.path);
      const hiddenBy = cover.add(entry.type, parts, mark);
      const isMark = mark !== undefined;
      if (isMark) sum.whiteouts++;
      else sum.entries++;
      const bytes = hasContent(entry.type) && !isMark ? storedSize : 0;
      sum.adds += bytes;
      if (hiddenBy !== 0) sums[hiddenBy - 1]!.hides += bytes;
      options.onMember?.({ entry, layer, storedSize: bytes, hiddenBy, isMark });
    },
  });
  const shown = image.layers.map(() => 0);
  const top = createTop<SizedFile>(options.biggest ?? 10, ({ size }) => size);
  const storePaths = createStoreSums();
  for (const entry of tree.entries()) {
    storePaths.add(entry);
    if (!isFirstName(entry)) continue;
    shown[entry.layer - 1]! += entry.storedSize;
    top.add({ path: `/${entry.path}`, size: entry.size, layer: entry.layer });
  }
  const layers = sums.map((sum, i) => ({ ...sum, wastes: sum.adds - shown[i]! }));
  return { layers, biggest: top.list(), storePaths: storePaths.list(), tree };
}

function isFirstName({ type, linkTo, layer }: FlatEntry): boolean {
  return type === "file" && linkTo === undefined && layer > 0;
}

function createStoreSums() {
  const found = new Map<string, { size: number; files: number; layers: Set<number> }>();
  return {
    add(entry: FlatEntry): void {
      const path = findStorePathAt(`/${entry.path}`);
      if (path === undefined) return;
      const sum = found.get(path) ?? { size: 0, files: 0, layers: new Set() };
      found.set(path, sum);
      if (entry.layer > 0) sum.layers.add(entry.layer);
      if (entry.type !== "directory") sum.files++;
      if (isFirstName(entry)) sum.size += entry.storedSize;
    },
    list: (): FoundStorePath[] =>
      [...found].map(([path, { size, files, layers }]) => ({
        path,
        size,
        files,
        layers: [...layers].sort((a, b) => a - b),
      })).sort((a, b) => a.path < b.path ? -1 : 1),
  };
}
