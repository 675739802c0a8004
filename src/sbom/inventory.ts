/** Lists the packages of an image: of its store paths, and of the databases of package managers. */
import { useResources } from "../base/dispose.ts";
import type { OnNotice } from "../base/notices.ts";
import { createReferenceScan } from "../explain/scan.ts";
import { readKnownGraph } from "../explain/known-graph.ts";
import { findRoots, type StoreGraph } from "../explain/graph.ts";
import { originsOf } from "../explain/origins.ts";
import { readLayerFiles } from "../explain/files.ts";
import { READS_LAYERS } from "../explain/image-graph.ts";
import { listToldPaths, type ToldLayer, toldLayersOf } from "../explain/recorded.ts";
import { parsePackageName } from "../explain/versions.ts";
import { readConfig } from "../image/documents/load.ts";
import type { Image } from "../image/root.ts";
import type { StoreOptions } from "../nix/store/store.ts";
import { createPackageStore } from "./databases.ts";
import { findMeta, type PackageMeta } from "./meta.ts";
import type { ImagePackage, Inventory } from "./types.ts";
import { namePartOf } from "../nix/formats/store-path.ts";

/** Options for listing packages. */
export interface InventoryOptions {
  readonly store?: StoreOptions | undefined;
  /** The metadata of packages that Nix gives, by store path or by name. */
  readonly meta?: ReadonlyMap<string, PackageMeta> | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists the packages of an image. Where the image says which store paths all its layers have, and a
 * store or a description knows them, no layer is read; else all are, once, for store paths and for
 * the databases of dpkg, apk and RPM.
 * @throws what reading throws.
 * @example
 * ```ts
 * import { openSource, readInventory, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const { packages } = await readInventory(await resolveImage(source));
 * console.log(packages.length); // 0
 * ```
 */
export async function readInventory(
  image: Image,
  options: InventoryOptions = {},
): Promise<Inventory> {
  const { json: config } = await readConfig(image.config);
  const told = toldLayersOf(image.layers, config);
  const { graph, others, unknown } = await readPackages(image, told, options);
  const settings = originsOf(config).map(({ field, value }) => [field, value] as const);
  const stored = [...graph.keys()].map((path) => packageOf(path, graph, options.meta));
  return {
    image: image.manifest.descriptor.digest,
    ...config.created && { created: config.created },
    packages: [...stored, ...others].sort((a, b) => a.id < b.id ? -1 : 1),
    roots: [
      ...findRoots(graph, settings).map(({ path }) => idOf(path)),
      ...others.map(({ id }) => id),
    ]
      .sort(),
    unknown: [
      ...stored.length > 0 ? [VENDORED] : [],
      ...unknown,
      ...stored.length + others.length === 0 ? [NOTHING] : [],
      UNPACKAGED,
    ],
  };
}

const VENDORED =
  "Dependencies that a build has bundled (of Go, Rust, JavaScript and so on) are no " +
  "store paths and not listed.";
const NOTHING = "No package is known: there are no store paths and no database that can be read.";
const UNPACKAGED = "Files that belong to no package are not listed.";

interface FoundPackages {
  readonly graph: StoreGraph;
  readonly others: readonly ImagePackage[];
  readonly unknown: readonly string[];
}

async function readPackages(
  image: Image,
  told: readonly ToldLayer[],
  { store, onNotice, signal }: InventoryOptions,
): Promise<FoundPackages> {
  const paths = listToldPaths(told);
  const isTold = paths.length > 0 && told.every(isFullyTold);
  const known = await readKnownGraph(paths, store);
  if (isTold && known !== undefined) return { graph: known.graph, others: [], unknown: [] };
  if (isTold) onNotice?.({ code: "SLOW", message: READS_LAYERS });
  const references = createReferenceScan();
  return await useResources(async (hold) => {
    const databases = hold(createPackageStore(known === undefined ? references.store : undefined));
    const files = await readLayerFiles(image, { store: databases.store, signal });
    const graph = known?.graph ?? references.finish(files);
    return { graph, ...await databases.finish(files.tree) };
  });
}

/** Tells whether a layer has no packages beyond those that the image says. */
function isFullyTold({ storePaths, history: { comment = "" } }: ToldLayer): boolean {
  return storePaths !== undefined || /^(?:copied to the root|customisation layer)$/.test(comment);
}

function packageOf(
  path: string,
  graph: StoreGraph,
  metas: ReadonlyMap<string, PackageMeta> | undefined,
): ImagePackage {
  const { references, narHash, deriver } = graph.get(path)!;
  const base = namePartOf(path);
  const meta = metas && findMeta(metas, path, base);
  return {
    id: idOf(path),
    from: "nix",
    ...parsePackageName(base),
    storePath: path,
    ...narHash !== undefined && { narHash },
    ...deriver !== undefined && { deriver },
    ...meta !== undefined && { meta },
    needs: references.map(idOf),
  };
}

function idOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
