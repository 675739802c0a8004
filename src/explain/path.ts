/** Says where a path of an image is: through which links, in which layers, in which store path. */
import { NixociError } from "../base/errors.ts";
import { followInTree } from "../flatten/tree/follow-flat.ts";
import { entryPathOf, splitTarget } from "../flatten/tree/path.ts";
import type { ContentStore } from "../flatten/types.ts";
import type { Image } from "../image/root.ts";
import { decodeName, quoteName } from "../tar/name.ts";
import { type LayerFiles, readLayerFiles, type SeenMember } from "./files.ts";
import type { ToldLayer } from "./recorded.ts";
import { findStorePathAt } from "./store-place.ts";

/** The entry that a layer has at a path. */
export interface PathVersion {
  readonly layer: number;
  /** `whiteout`: the layer deletes it. */
  readonly type: string;
  readonly size: number;
  /** The layer that hides it; left out where it shows. */
  readonly hiddenBy?: number;
}

/** A path of an image, and the layers that have it. */
export interface FoundPath {
  /** Absolute, as it was asked for. */
  readonly path: string;
  /** The links on the way, each with its target. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** The path that they lead to; the same as `path` where there are none. */
  readonly real: string;
  /** The store path that it lies in. */
  readonly storePath?: string;
  /** The layers that have it; of a store path all that have something of it. */
  readonly layers: readonly number[];
  /** The entry of each layer at `path`, the lowest first, where layers were read. */
  readonly versions?: readonly PathVersion[];
}

/** Finds a path below a store path that the image itself says it has; no layer is read. */
export function findToldPath(layers: readonly ToldLayer[], path: string): FoundPath | undefined {
  const storePath = findStorePathAt(path);
  if (storePath === undefined) return undefined;
  const numbers = layers.filter(({ storePaths }) => storePaths?.includes(storePath))
    .map(({ number }) => number);
  return numbers.length === 0
    ? undefined
    : { path, links: [], real: path, storePath, layers: numbers };
}

/** A path that was found by reading, and what all layers come to. */
export interface FoundPathInFiles {
  readonly found: FoundPath;
  readonly files: LayerFiles;
}

/**
 * Finds a path by reading all layers. Links are followed as a process in the image would.
 * @param store gets the contents of files on the way.
 * @throws NixociError `NOT_FOUND` when the image does not show it, and whether a layer had it.
 */
export async function readFoundPath(
  image: Pick<Image, "layers">,
  path: string,
  { store, signal }: {
    readonly store?: ContentStore | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<FoundPathInFiles> {
  const parts = splitTarget(path).map(decodeName);
  const name = parts.join("/");
  const versions: PathVersion[] = [];
  const onMember = (member: SeenMember) => {
    const version = versionOf(member, name);
    if (version !== undefined) versions.unshift(version);
  };
  const files = await readLayerFiles(image, { onMember, store, signal });
  const { tree, storePaths } = files;
  const links: { path: string; target: string }[] = [];
  const entry = followInTree(
    tree,
    parts,
    (link) => links.push({ path: `/${link.path}`, target: link.linkpath }),
  );
  // A link that leads nowhere is a file, too.
  const itself = entry ?? tree.find(name);
  if (itself === undefined) throw missingError(path, versions);
  const real = `/${itself.path}`;
  const storePath = findStorePathAt(real);
  const layers = storePath === undefined
    ? [itself.layer]
    : storePaths.find((one) => one.path === storePath)?.layers ?? [itself.layer];
  const found: FoundPath = {
    path: `/${name}`,
    links,
    real,
    ...storePath !== undefined && { storePath },
    layers,
    versions,
  };
  return { found, files };
}

function versionOf(
  { entry, layer, storedSize, hiddenBy, isMark }: SeenMember,
  name: string,
): PathVersion | undefined {
  const path = entryPathOf(entry.path);
  if (!isMark) {
    if (path !== name) return undefined;
    return { layer, type: entry.type, size: storedSize, ...hiddenBy !== 0 && { hiddenBy } };
  }
  const slash = path.lastIndexOf("/") + 1;
  const hidden = path.slice(0, slash) + path.slice(slash).replace(/^\.wh\./, "");
  return hidden === name ? { layer, type: "whiteout", size: 0 } : undefined;
}

function missingError(path: string, versions: readonly PathVersion[]): NixociError {
  const had = versions.findLast(({ type }) => type !== "whiteout");
  const message = `the image has no ${quoteName(path)}`;
  if (had === undefined) return new NixociError("NOT_FOUND", message);
  const by = versions.find(({ layer, type }) => type === "whiteout" && layer > had.layer)?.layer ??
    had.hiddenBy;
  const gone = by === undefined ? "further up" : `in layer ${by}`;
  return new NixociError("NOT_FOUND", `${message}: layer ${had.layer} had it, and it goes ${gone}`);
}
