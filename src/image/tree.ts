/** Lists everything that a root names, in the order in which it must be stored: children first. */
import type { Content } from "./content.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import { mapLimited } from "../bytes/flow/map.ts";
import { isForeign } from "./media-types.ts";
import type { Image, ImageBlob, Index, Root } from "./root.ts";

/** Everything below a root, sorted by what a destination does with it. */
export interface RootTree {
  /** Layers, configs and artifacts' blobs: each digest once, in the manifests' order. */
  readonly blobs: readonly ImageBlob[];
  /** Manifests below the root, those deepest in the tree first; not the root's own. */
  readonly manifests: readonly Content[];
  /** Layers that a licence forbids to distribute; they stay where their `urls` say. */
  readonly foreign: readonly Content[];
}

/**
 * Loads what is not loaded yet (children's manifests and configs, no layers), and sorts it.
 * @param passes tells which children are left out, unread, with all that is below them.
 */
export async function loadTree(
  root: Root,
  passes: (child: Descriptor) => boolean = () => false,
): Promise<RootTree> {
  const blobs = new Map<Digest, ImageBlob>();
  const foreign = new Map<Digest, Content>();
  const manifests = new Map<Digest, Content>();
  const add = (blob: ImageBlob): void => {
    const { digest } = blob.content.descriptor;
    if (isForeign(blob.content.descriptor)) foreign.set(digest, blob.content);
    else if (!blobs.has(digest)) blobs.set(digest, blob);
  };
  const loaded: LoadedRoots = new Map();
  const visit = async (node: Root): Promise<void> => {
    if (node.kind === "index") {
      const children = node.children.filter(({ descriptor }) => !passes(descriptor));
      for (const child of await loadChildren({ ...node, children }, loaded)) {
        const { digest } = child.manifest.descriptor;
        if (manifests.has(digest)) continue;
        await visit(child);
        manifests.set(digest, child.manifest);
      }
    } else if (node.kind === "image") {
      for (const content of node.layers) add({ kind: "layer", content });
      add({ kind: "config", content: node.config });
    } else {
      for (const content of node.blobs) add({ kind: "blob", content });
    }
  };
  await visit(root);
  return {
    blobs: [...blobs.values()],
    manifests: [...manifests.values()],
    foreign: [...foreign.values()],
  };
}

/** The roots that a walk has met, by what they are described as. */
export type LoadedRoots = Map<string, Promise<Root>>;

const AT_A_TIME = 4;

/**
 * Loads the children of an index, in order, a few at a time. A walk that gives the same map for each of
 * its indexes loads what many of them name once: indexes of indexes name 2^30 images in 30 documents.
 */
export async function loadChildren(
  index: Index,
  loaded: LoadedRoots = new Map(),
): Promise<Root[]> {
  return await mapLimited(index.children, AT_A_TIME, (child) => {
    const { digest, mediaType, size } = child.descriptor;
    const key = [digest, mediaType, size].join(" ");
    const root = loaded.get(key) ?? child.load();
    loaded.set(key, root);
    return root;
  });
}

/** Loads the images of a root, at any depth: each once. */
export async function loadImages(root: Root): Promise<Image[]> {
  const images = new Map<Digest, Image>();
  const seen = new Set<Root>();
  const loaded: LoadedRoots = new Map();
  const visit = async (node: Root): Promise<void> => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "image") images.set(node.manifest.descriptor.digest, node);
    if (node.kind !== "index") return;
    for (const child of await loadChildren(node, loaded)) await visit(child);
  };
  await visit(root);
  return [...images.values()];
}
