/** Flattens an image to one archive: without root, a daemon, or unpacking it. */
import type { OnNotice } from "../base/notices.ts";
import { streamPour } from "../bytes/pour.ts";
import type { ByteStream, Receiver } from "../bytes/stream.ts";
import { disposeAll } from "../base/dispose.ts";
import { NixociError } from "../base/errors.ts";
import { type FlatArchiveOptions, writeArchive } from "./archive.ts";
import { flattenByLayer } from "./by-layer.ts";
import { createSelector, type Selection } from "./glob.ts";
import { mergeLayers } from "./merge.ts";
import { createSpool } from "./spool.ts";
import type { FlatTree } from "./types.ts";
import type { Image } from "../image/root.ts";
import { createScratch, type Scratch } from "../image/disk/scratch.ts";

export type { ArchiveStyle, FlatArchiveOptions } from "./archive.ts";

/** Options for flattening an image. */
export interface FlattenOptions extends FlatArchiveOptions, Selection {
  /**
   * `names` (the default) sorts the entries. `layers` writes them as they come, those of the newest
   * layer first and directories last, which is quicker and needs no scratch, but has given bytes when
   * a layer turns out to be wrong. Only for `pax`, and not for one layer alone.
   */
  readonly order?: "names" | "layers";
  /** This layer alone, 1 the lowest: its whiteouts are files of the archive. */
  readonly layer?: number;
  /**
   * Holds contents until their turn, unless they can be read twice; a scratch of its own by
   * default.
   */
  readonly scratch?: Scratch;
  /** The most bytes that may wait there. */
  readonly spoolLimit?: number;
  /** Called when bytes of a layer are left out. */
  readonly onNotice?: OnNotice;
  readonly signal?: AbortSignal;
}

/**
 * Writes an uncompressed tar archive of all files that a container of the image would see: layers
 * merged as the image specification says, entries in the order of GNU tar's `--sort=name`, or in that
 * of `order`. The same image makes the same bytes. No byte of a sorted archive comes before all layers
 * have been read and proved.
 *
 * Contents of compressed layers wait in scratch, those of files that a newer layer hides excepted.
 * @throws from the stream, NixociError `DIGEST`, `UNSAFE`, `MALFORMED`; `NOT_FOUND` when there is
 * no such layer, or nothing that matches `paths`; `LIMIT` past `spoolLimit`; `IO` when a file of
 * the source changes meanwhile; `USAGE` for malformed patterns.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#applying-changesets
 * @example
 * ```ts
 * import { flatten, openSource, resolveImage, tar } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const image = await resolveImage(source);
 * for await (const { entry } of tar.readTar(flatten(image, { paths: ["hello"] }))) {
 *   console.log(entry.path); // hello
 * }
 * ```
 */
export function flatten(image: Image, options: FlattenOptions = {}): ByteStream {
  const { order = "names", style = "pax", layer } = options;
  if (order === "names") return flattenSorted(image, options);
  if (style !== "pax" || layer !== undefined) {
    const what = layer === undefined ? `the style ${style}` : "a layer alone";
    throw new NixociError("USAGE", `${what} has its entries sorted`, {
      hint: "leave out the order",
    });
  }
  return streamPour((receive) => pourLayers(image, options, receive));
}

async function* flattenSorted(image: Image, options: FlattenOptions): ByteStream {
  const wants = createPathFilter(options);
  const room = options.scratch ?? createScratch();
  const store = createSpool(room, options.spoolLimit);
  const { layer, signal, onNotice } = options;
  try {
    const tree = await mergeLayers(image, store, { wants, layer, signal, onNotice });
    checkSelection(tree, options);
    const shown = layer === undefined ? tree : omitImplied(tree);
    yield* writeArchive(shown, store.read, options, signal);
    await store.verify();
  } finally {
    await disposeAll([room === options.scratch ? undefined : room, store]);
  }
}

async function pourLayers(
  image: Image,
  { scratch, spoolLimit, ...options }: FlattenOptions,
  receive: Receiver,
): Promise<void> {
  const room = scratch ?? createScratch();
  const store = createSpool(room, spoolLimit);
  const how = { ...options, wants: createPathFilter(options) };
  try {
    await flattenByLayer(image, store, how, receive, (tree) => checkSelection(tree, options));
    await store.verify();
  } finally {
    await disposeAll([room === scratch ? undefined : room, store]);
  }
}

/** Leaves out directories that no layer describes: a layer alone has no more than it says. */
function omitImplied(tree: FlatTree): FlatTree {
  return {
    ...tree,
    *entries() {
      for (const entry of tree.entries()) if (entry.file !== 0) yield entry;
    },
  };
}

/**
 * Checks that something matches the paths that are asked for: otherwise they are misspelled.
 * @throws NixociError `NOT_FOUND`.
 */
export function checkSelection(tree: FlatTree, { paths = [] }: Selection): void {
  if (paths.length === 0 || !tree.entries()[Symbol.iterator]().next().done) return;
  const patterns = paths.map((path) => JSON.stringify(path)).join(" or ");
  throw new NixociError("NOT_FOUND", `nothing in the image matches ${patterns}`, {
    hint: "see what there is with nixoci ls",
  });
}

/** Creates a filter for paths that are selected and keep a name; `undefined` when all do. */
export function createPathFilter(
  options: Selection & Pick<FlatArchiveOptions, "stripComponents">,
): ((path: string) => boolean) | undefined {
  const selected = createSelector(options);
  const { stripComponents = 0 } = options;
  if (stripComponents === 0) return selected;
  const isDeep = (path: string) => path.split("/").length > stripComponents;
  return (path) => isDeep(path) && (selected?.(path) ?? true);
}
