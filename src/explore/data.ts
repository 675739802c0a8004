/** Gathers what the page of an image shows, small enough to be in one file. */
import { toOneLine } from "../base/text.ts";
import { closureSizeOf, findRoots, findShortestChains, type StoreGraph } from "../explain/graph.ts";
import { readLayerFiles, type SeenMember } from "../explain/files.ts";
import { readKnownGraph } from "../explain/known-graph.ts";
import { originsOf } from "../explain/origins.ts";
import { listToldPaths, toldLayersOf } from "../explain/recorded.ts";
import { createReferenceScan } from "../explain/scan.ts";
import { entryPathOf } from "../flatten/tree/path.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import type { StoreOptions } from "../nix/store/store.ts";
import { createCopyFinder, type ExploredCopies } from "./copies.ts";
import { type ExploredFile, foldFiles } from "./fold.ts";
import { namePartOf } from "../nix/formats/store-path.ts";

/** A store path on the page; numbers are places in the list of store paths. */
export interface ExploredPath {
  readonly path: string;
  readonly size: number;
  /** Bytes of it and all that it needs. */
  readonly closure: number;
  readonly layers: readonly number[];
  readonly needs: readonly number[];
  /** The settings that name it. */
  readonly by: readonly string[];
  /** The shortest chain that leads to it. */
  readonly chain: readonly number[];
}

/** Whatever the page shows of an image. All texts are on one line, without control characters. */
export interface ExploredImage {
  readonly name: string;
  readonly digest: string;
  readonly layers: readonly {
    readonly digest: string;
    readonly size: number;
    readonly adds: number;
    readonly wastes: number;
    readonly hides: number;
    readonly made: string;
  }[];
  readonly config: readonly (readonly [field: string, value: string, step: number])[];
  /** Sorted by path; `folded` says how many files stand together in some of them. */
  readonly files: readonly ExploredFile[];
  /** Files of the same content, those first that cost most. */
  readonly copies: readonly ExploredCopies[];
  /** Bytes of all copies beyond the first of each. */
  readonly copied: number;
  readonly paths: readonly ExploredPath[];
}

/** Options for gathering. */
export interface ExploreOptions {
  readonly store?: StoreOptions | undefined;
  /** The most files on the page; 20,000 by default. More fold together by folder. */
  readonly mostFiles?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gathers what the page of an image shows: all layers are read once.
 * @throws what reading throws.
 * @example
 * ```ts
 * import { exploreImage, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const { files } = await exploreImage(await resolveImage(source), "in");
 * console.log(files[0]?.[0]); // /hello
 * ```
 */
export async function exploreImage(
  image: Image,
  name: string,
  { store, mostFiles = 20_000, signal }: ExploreOptions = {},
): Promise<ExploredImage> {
  const { json: config } = await readConfig(image.config);
  const told = toldLayersOf(image.layers, config);
  const known = await readKnownGraph(listToldPaths(told), store);
  const references = createReferenceScan();
  const finder = createCopyFinder(known === undefined ? references.store : undefined);
  const files: ExploredFile[] = [];
  const found = await readLayerFiles(image, {
    store: finder.store,
    onMember: (member) => {
      if (!member.isMark && member.entry.type !== "directory") files.push(fileOf(member));
    },
    signal,
  });
  const origins = originsOf(config);
  const graph = known?.graph ?? references.finish(found);
  return {
    name: toOneLine(name),
    digest: image.manifest.descriptor.digest,
    layers: told.map(({ layer, history, storePaths = [] }, i) => {
      const { adds, wastes, hides } = found.layers[i]!;
      const { digest, size } = layer.descriptor;
      const made = history.created_by ?? storePaths.map(namePartOf).join(", ");
      return { digest, size, adds, wastes, hides, made: toOneLine(made.slice(0, 300)) };
    }),
    config: origins.map(({ field, value, step = 0 }) => [toOneLine(field), toOneLine(value), step]),
    files: foldFiles(files, mostFiles),
    ...finder.finish(found.tree),
    paths: listPaths(graph, found.storePaths, origins),
  };
}

function fileOf({ entry, layer, storedSize, hiddenBy }: SeenMember): ExploredFile {
  const { uid, gid, type } = entry;
  const path = toOneLine(`/${entryPathOf(entry.path)}`);
  return [path, storedSize, layer, hiddenBy, `${uid}:${gid}`, type === "file" ? "" : type];
}

function listPaths(
  graph: StoreGraph,
  found: Awaited<ReturnType<typeof readLayerFiles>>["storePaths"],
  origins: ReturnType<typeof originsOf>,
): ExploredPath[] {
  const places = new Map([...graph.keys()].map((path, i) => [path, i]));
  const roots = findRoots(graph, origins.map(({ field, value }) => [field, value]));
  const chains = findShortestChains(graph, roots);
  const inLayers = new Map(found.map((one) => [one.path, one]));
  const holders = new Map(roots.map(({ path, by }) => [path, by]));
  return [...graph.values()].map(({ path, references }) => ({
    path,
    size: inLayers.get(path)?.size ?? 0,
    closure: closureSizeOf(graph, path),
    layers: inLayers.get(path)?.layers ?? [],
    needs: references.map((one) => places.get(one)!),
    by: (holders.get(path) ?? []).map(toOneLine),
    chain: (chains.get(path) ?? []).map((one) => places.get(one)!),
  }));
}
