/** Says why a path is in an image. */
import { NixociError } from "../base/errors.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import { findRoots, listChains } from "./graph.ts";
import { type ImageGraphOptions, READS_LAYERS, SCANNED } from "./image-graph.ts";
import { readKnownGraph, type SourcedGraph } from "./known-graph.ts";
import { originsOf } from "./origins.ts";
import { findToldPath, type FoundPath, readFoundPath } from "./path.ts";
import { listToldPaths, type ToldLayer, toldLayersOf } from "./recorded.ts";
import { createReferenceScan } from "./scan.ts";
import { namePartOf } from "../nix/formats/store-path.ts";

/** The reason for a path in an image. */
export interface Reason extends FoundPath {
  /** The number of the image's layers. */
  readonly of: number;
  /** The origin of the references, in words. */
  readonly from?: string;
  /** The chains that lead to the store path: from what holds the first one, each to the next. */
  readonly chains?: readonly {
    readonly by: readonly string[];
    readonly paths: readonly string[];
  }[];
  /** The number of chains, in decimal digits. */
  readonly count?: string;
  /** The paths that refer to the store path itself, sorted. */
  readonly users?: readonly string[];
}

/** Options for finding the reason. */
export interface ReasonOptions extends ImageGraphOptions {
  /** The most chains; 1 by default. */
  readonly most?: number | undefined;
}

/**
 * Finds why a path is in an image: the layers that have it, and the chains of references to its
 * store path. Reads layers only where the image does not say what is in them, or nothing else knows
 * what refers to what.
 * @throws NixociError `NOT_FOUND` when it is not there, `USAGE` for a name that several paths have.
 * @example
 * ```ts
 * import { explainPath, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * console.log((await explainPath(await resolveImage(source), "/hello")).layers.length); // 1
 * ```
 */
export async function explainPath(
  image: Image,
  asked: string,
  options: ReasonOptions = {},
): Promise<Reason> {
  const { json: config } = await readConfig(image.config);
  const told = toldLayersOf(image.layers, config);
  const path = findNamed(told, asked) ?? asked;
  const { found, graph } = await findPath(image, told, path, options);
  const settings = originsOf(config).map(({ field, value }) => [field, value] as const);
  return { ...found, of: image.layers.length, ...describeNeed(found, graph, settings, options) };
}

interface PathInGraph {
  readonly found: FoundPath;
  readonly graph: SourcedGraph | undefined;
}

async function findPath(
  image: Image,
  told: readonly ToldLayer[],
  path: string,
  { store, scan = false, onNotice, signal }: ReasonOptions,
): Promise<PathInGraph> {
  const known = scan ? undefined : findToldPath(told, path);
  const sourced = scan ? undefined : await readKnownGraph(listToldPaths(told), store);
  if (known !== undefined && sourced !== undefined) return { found: known, graph: sourced };
  if (known !== undefined) onNotice?.({ code: "SLOW", message: READS_LAYERS });
  const references = createReferenceScan();
  const isScanned = sourced === undefined;
  const { found, files } = await readFoundPath(image, path, {
    store: isScanned ? references.store : undefined,
    signal,
  });
  if (found.storePath === undefined) return { found, graph: undefined };
  if (!isScanned) return { found, graph: sourced };
  return { found, graph: { graph: references.finish(files), from: SCANNED } };
}

function describeNeed(
  { storePath }: FoundPath,
  sourced: SourcedGraph | undefined,
  settings: Iterable<readonly [string, string]>,
  { most = 1 }: ReasonOptions,
): Partial<Reason> {
  if (sourced === undefined || storePath === undefined) return {};
  const { graph, from } = sourced;
  const roots = findRoots(graph, settings);
  const { chains, count } = listChains(graph, roots, storePath, most);
  const holders = new Map(roots.map(({ path, by }) => [path, by]));
  return {
    from,
    chains: chains.map((paths) => ({ by: holders.get(paths[0]!) ?? [], paths })),
    count: String(count),
    users: [...graph.values()].filter(({ references }) => references.includes(storePath))
      .map(({ path }) => path),
  };
}

/** Finds the store path that a name means, among those that the image says it has. */
function findNamed(told: readonly ToldLayer[], name: string): string | undefined {
  if (name.includes("/")) return undefined;
  const paths = listToldPaths(told);
  const baseOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  const found = paths.filter((path) =>
    namePartOf(path) === name || baseOf(path) === name || namePartOf(path).startsWith(`${name}-`)
  );
  if (found.length < 2) return found[0];
  const exact = found.filter((path) => namePartOf(path) === name);
  if (exact.length === 1) return exact[0];
  throw new NixociError("USAGE", `${found.length} store paths are called ${name}`, {
    hint: `name one: ${found.slice(0, 5).map(baseOf).join(", ")}`,
  });
}
