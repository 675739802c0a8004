/** Puts what images are made of, children first, and then makes them visible. */
import { atSide, failureAt, reason } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { ImageBlob, Lacking, NamedRoot, Sink } from "../image/root.ts";
import { type Tree, treeOf } from "../image/tree.ts";
import type { CopyEvent } from "./events.ts";
import type { Mover } from "./mover.ts";

/** Where images go, and who is told. */
export interface Destination {
  readonly to: Sink;
  readonly moving: Mover;
  readonly onEvent: ((event: CopyEvent) => void) | undefined;
}

/**
 * Stores everything but the roots' own manifests.
 * @returns all that belongs to the images, for a place that turns out to lack some of it.
 */
export async function storeBlobs(
  images: readonly NamedRoot[],
  { to, moving, onEvent }: Destination,
): Promise<Tree[]> {
  const trees: Tree[] = [];
  const missing: Tree[] = [];
  for (const image of images) {
    const tree = await atSide("source", () => treeOf(image.root));
    trees.push(tree);
    for (const { descriptor } of tree.foreign) {
      onEvent?.({ type: "notice", code: "FOREIGN", message: foreignNotice(descriptor) });
    }
    const left = await atSide("destination", () => withoutProved(tree, image, to));
    for (const blob of tree.blobs) if (!left.blobs.includes(blob)) moving.isThere(blob);
    missing.push(left);
  }
  const blobs = missing.flatMap((tree) => tree.blobs);
  onEvent?.({
    type: "plan",
    blobs: blobs.map(({ kind, content: { descriptor } }) => ({ kind, descriptor })),
  });
  const lacking = await putTrees(missing, moving);
  if (lacking) await putLacking(lacking, trees, { moving, onEvent });
  return trees;
}

/** Makes the images visible, if need be after putting what the place turns out to lack. */
export async function commitImages(
  images: readonly NamedRoot[],
  trees: readonly Tree[],
  { to, moving, onEvent }: Destination,
): Promise<readonly Descriptor[]> {
  const commit = () => atSide("destination", () => to.commit(images));
  const first = await commit();
  if (!("lacks" in first)) return first;
  await putLacking(first, trees, { moving, onEvent });
  const second = await commit();
  if ("lacks" in second) throw failureAt("destination", second.error);
  return second;
}

/** Returns what of the tree the place does not hold for sure. */
async function withoutProved(tree: Tree, image: NamedRoot, to: Sink): Promise<Tree> {
  if (to.traits.closed && await to.has(image.root.manifest.descriptor)) return NOTHING;
  const held = await to.holds?.(image);
  if (held === undefined || held.size === 0) return tree;
  const blobs = tree.blobs.filter(({ content }) => !held.has(content.descriptor.digest));
  return { ...tree, blobs };
}

const NOTHING: Tree = { blobs: [], manifests: [], foreign: [] };

/** Puts the trees; returns what the place lacks, when it does not take a manifest without that. */
async function putTrees(trees: readonly Tree[], moving: Mover): Promise<Lacking | void> {
  for (const { blobs } of trees) blobs.forEach(moving.begin);
  await moving.settle();
  // In order: an index that is itself a child comes after its children.
  for (const content of trees.flatMap(({ manifests }) => manifests)) {
    const lacking = await moving.move({ kind: "manifest", content });
    if (lacking) return lacking;
  }
}

/** Looks again for what the place says that it lacks. */
async function putLacking(
  { lacks, error }: Lacking,
  trees: readonly Tree[],
  { moving, onEvent }: Pick<Destination, "moving" | "onEvent">,
): Promise<void> {
  const then = lacks === "all" ? "looking at every blob" : "putting what it lacks";
  onEvent?.({ type: "notice", code: "LACKING", message: `${reason(error)}; ${then}` });
  moving.forget(lacks);
  const isLacking = ({ content }: ImageBlob) =>
    lacks === "all" || lacks.includes(content.descriptor.digest);
  const part = trees.map((tree) => ({ ...tree, blobs: tree.blobs.filter(isLacking) }));
  const again = await putTrees(part, moving);
  if (again) throw failureAt("destination", again.error);
}

function foreignNotice({ digest, urls = [] }: Descriptor): string {
  return `layer ${digest} is not to be passed on (licence); it stays at ${urls[0] ?? "its source"}`;
}
