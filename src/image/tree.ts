/** Lists everything that a root names, in the order in which it must be stored: children first. */
import type { Content } from "./content.ts";
import type { Digest } from "../bytes/digest.ts";
import { layerTypeOf } from "./media-types.ts";
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

/** Loads what is not loaded yet (children's manifests and configs, no layers), and sorts it. */
export async function loadTree(root: Root): Promise<RootTree> {
  const blobs = new Map<Digest, ImageBlob>();
  const foreign = new Map<Digest, Content>();
  const manifests = new Map<Digest, Content>();
  const add = (blob: ImageBlob): void => {
    const { digest, mediaType, urls } = blob.content.descriptor;
    const stays = layerTypeOf(mediaType)?.distributable === false && (urls?.length ?? 0) > 0;
    if (stays) foreign.set(digest, blob.content);
    else if (!blobs.has(digest)) blobs.set(digest, blob);
  };
  const visit = async (node: Root): Promise<void> => {
    if (node.kind === "index") {
      for (const child of await loadChildren(node)) {
        await visit(child);
        manifests.set(child.manifest.descriptor.digest, child.manifest);
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

/** Loads the children of an index, in order, a few at a time. */
export async function loadChildren(index: Index): Promise<Root[]> {
  const roots: Root[] = [];
  for (let i = 0; i < index.children.length; i += 4) {
    const some = index.children.slice(i, i + 4).map((child) => child.load());
    roots.push(...await Promise.all(some));
  }
  return roots;
}

/** Loads the images of a root, at any depth. */
export async function loadImages(root: Root): Promise<Image[]> {
  if (root.kind === "image") return [root];
  if (root.kind === "artifact") return [];
  return (await Promise.all((await loadChildren(root)).map(loadImages))).flat();
}
