/**
 * Flattens an image in the order of its layers, the newest first: what shows is written as it goes
 * by, and waits nowhere. Directories come last, each after all that lies in it, so that one who unpacks
 * the archive can write into those that are read-only, and their times stay.
 */
import { NixociError } from "../base/errors.ts";
import type { Receiver } from "../bytes/stream.ts";
import type { Image } from "../image/root.ts";
import { quoteName } from "../tar/name.ts";
import type { TarMember } from "../tar/read.ts";
import { createTarWriter } from "../tar/write.ts";
import {
  createPaxForm,
  type FlatArchiveOptions,
  isWithoutData,
  type ReadContent,
} from "./archive.ts";
import { HardLinks } from "./hard-links.ts";
import { addLayers, mergeLayers, type Merging, selectLayers } from "./merge.ts";
import { createTurns } from "./turns.ts";
import { Column } from "./tree/columns.ts";
import { createFlatTree, listFoldersUp } from "./tree/flat-tree.ts";
import { LayerTree } from "./tree/layer-tree.ts";
import type { ContentStore, FlatEntry, FlatTree, MergeOptions } from "./types.ts";

/** The store of the few files that cannot be written as they go by: those that only links name. */
export interface LateStore extends ContentStore {
  readonly read: ReadContent;
}

/** Options for flattening by layers. */
export type ByLayerOptions = Omit<MergeOptions, "layer"> & Omit<FlatArchiveOptions, "style">;

/**
 * Gives the receiver the archive.
 * @param check gets the whole tree before the directories are written.
 * @throws as `mergeLayers` does; NixociError `UNSUPPORTED` for a layer that has a file and a
 * directory of one name, of which the first is written when the other comes.
 */
export async function flattenByLayer(
  image: Image,
  store: LateStore,
  options: ByLayerOptions,
  receive: Receiver,
  check: (tree: FlatTree) => void,
): Promise<void> {
  const tree = new LayerTree();
  const merging = { tree, links: new HardLinks({ tree, store, options }), store, options };
  const writer = createTarWriter(receive);
  const given = new Column(Uint32Array);
  const memberOf = createPaxForm(options);
  const entryOf = createEntryMaker(merging, given);
  await addLayers(selectLayers(image, undefined), merging, (node, member) => {
    given.reserve(tree.names.count);
    const entry = entryOf(node, member);
    const written = entry && memberOf(entry);
    if (written === undefined) return;
    given.set(node, entry!.file);
    if (!isWithoutData(written)) return writer.add(written);
    const { fields, sparse } = written;
    return writer.add({ fields, sparse, data: member.data.whole?.() ?? member.data });
  });
  given.reserve(tree.names.count);
  refuseStale(tree, given);
  const isLate = await merging.links.resolve(image.layers, mergeLayers);
  const { shared } = merging.links;
  check(createFlatTree(tree, shared, options.wants));
  const late = createFlatTree(tree, shared, options.wants, (node) => given.get(node));
  const add = async (entry: FlatEntry): Promise<void> => {
    const member = memberOf(entry);
    if (member === undefined) return;
    await writer.add(isWithoutData(member) ? { ...member, data: await store.read(entry) } : member);
  };
  for (const entry of isLate ? late.entries() : []) {
    if (entry.type !== "directory") await add(entry);
  }
  const turn = createTurns(options.signal);
  for (const entry of listFoldersUp(tree, options.wants)) {
    const waiting = turn();
    if (waiting !== undefined) await waiting;
    await add(entry);
  }
  await writer.end();
}

/** Creates a function that makes the entry of a member that shows; `undefined` if it has to wait. */
function createEntryMaker({ tree, links, options }: Merging, given: Column) {
  const findTarget = ({ linkpath }: TarMember["entry"], file: number): number => {
    const node = tree.find(tree.targetOf(linkpath));
    return given.get(node) === file ? node : 0;
  };
  return (node: number, { entry: { type }, entry }: TarMember): FlatEntry | undefined => {
    if (type === "directory") return undefined;
    const file = tree.fileAt(node);
    const path = tree.pathOf(node);
    if (options.wants?.(path) === false) {
      links.noteUnkept(file);
      return undefined;
    }
    const target = type === "hardlink" && !links.isMissing(file) ? findTarget(entry, file) : 0;
    if (type === "hardlink" && target === 0) return undefined;
    const linkTo = target === 0 ? undefined : tree.pathOf(target);
    return tree.files.entryOf(file, path, linkTo);
  };
}

/** Refuses a tree in which something that has been written shows no more, and is in the way. */
function refuseStale(tree: LayerTree, given: Column): void {
  for (let node = 1; node < tree.names.count; node++) {
    const [before, file] = [given.get(node), tree.fileAt(node)];
    if (before === 0 || before === file) continue;
    if (file !== 0 && !tree.files.isDirectory(file)) continue; // it is written again
    const message = `a layer has a file and a directory at ${quoteName(tree.pathOf(node))}`;
    throw new NixociError("UNSUPPORTED", message, { hint: "sort the entries: --order names" });
  }
}
