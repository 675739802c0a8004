/** Puts what images are made of, children first, and then makes them visible. */
import { markSide, reasonOf, runAtSide } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { ImageBlob, NamedRoot } from "../image/root.ts";
import type { Lacking, Sink } from "../image/sink.ts";
import { loadTree, type RootTree } from "../image/tree.ts";
import type { CopyEvent } from "./events.ts";
import type { BlobMover } from "./mover.ts";

/** The place where images go, and the receiver of events. */
export interface Destination {
  readonly to: Sink;
  readonly moving: BlobMover;
  readonly onEvent: ((event: CopyEvent) => void) | undefined;
}

/** Stores everything but the roots' own manifests. */
export async function putBlobs(
  images: readonly NamedRoot[],
  destination: Destination,
): Promise<void> {
  const { moving, onEvent } = destination;
  const missing: RootTree[] = [];
  for (const image of images) missing.push(await findMissing(image, destination));
  const blobs = missing.flatMap((tree) => tree.blobs);
  onEvent?.({
    type: "plan",
    blobs: blobs.map(({ kind, content: { descriptor } }) => ({ kind, descriptor })),
  });
  const lacking = await putTrees(missing, moving);
  if (lacking) await putLacking(lacking, images, destination);
}

/** Stores the manifests of what is attached to images, after those of the images themselves. */
export async function putCompanions(
  companions: readonly NamedRoot[],
  images: readonly NamedRoot[],
  { moving }: Destination,
): Promise<void> {
  if (companions.length === 0) return;
  for (const { root } of [...images, ...companions]) {
    const lacking = await moving.move({ kind: "manifest", content: root.manifest });
    if (lacking) throw markSide("destination", lacking.error);
  }
}

/** Makes the images visible, if need be after putting what the place turns out to lack. */
export async function commitImages(
  images: readonly NamedRoot[],
  destination: Destination,
): Promise<readonly Descriptor[]> {
  const commit = () => runAtSide("destination", () => destination.to.commit(images));
  const first = await commit();
  if (!("lacks" in first)) return first;
  await putLacking(first, images, destination);
  const second = await commit();
  if ("lacks" in second) throw markSide("destination", second.error);
  return second;
}

/** Returns what of the image the place does not hold for sure. */
async function findMissing(
  image: NamedRoot,
  { to, moving, onEvent }: Destination,
): Promise<RootTree> {
  const { root } = image;
  const isWhole = to.traits.closed &&
    await runAtSide("destination", () => to.has(root.manifest.descriptor));
  if (isWhole && root.kind === "index") return NOTHING; // its children are not read to count them
  const tree = await readTree(image, to);
  for (const { descriptor } of tree.foreign) {
    onEvent?.({ type: "notice", code: "FOREIGN", message: describeForeign(descriptor) });
  }
  const held = isWhole ? undefined : await runAtSide("destination", () => to.holds?.(image));
  const isThere = ({ content }: ImageBlob) => isWhole || held?.has(content.descriptor.digest);
  tree.blobs.filter(isThere).forEach(moving.isThere);
  if (isWhole) return NOTHING;
  return { ...tree, blobs: tree.blobs.filter((blob) => !isThere(blob)) };
}

function readTree({ root }: NamedRoot, to: Sink): Promise<RootTree> {
  return runAtSide("source", () => loadTree(root, (child) => to.isKnown?.(child) ?? false));
}

const NOTHING: RootTree = { blobs: [], manifests: [], foreign: [] };

/** Puts the trees; returns what the place lacks, when it does not take a manifest without that. */
async function putTrees(trees: readonly RootTree[], moving: BlobMover): Promise<Lacking | void> {
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
  images: readonly NamedRoot[],
  { moving, onEvent }: Destination,
): Promise<void> {
  const then = lacks === "all" ? "looking at every blob" : "putting what it lacks";
  onEvent?.({ type: "notice", code: "LACKING", message: `${reasonOf(error)}; ${then}` });
  moving.forget(lacks);
  const isLacking = ({ content }: ImageBlob) =>
    lacks === "all" || lacks.includes(content.descriptor.digest);
  const trees: RootTree[] = [];
  for (const image of images) {
    const tree = await runAtSide("source", () => loadTree(image.root));
    trees.push({ ...tree, blobs: tree.blobs.filter(isLacking) });
  }
  const again = await putTrees(trees, moving);
  if (again) throw markSide("destination", again.error);
}

function describeForeign({ digest, urls = [] }: Descriptor): string {
  return `layer ${digest} is not to be passed on (licence); it stays at ${urls[0] ?? "its source"}`;
}
