/** Trees of base images on the disk: unpacked once, shared by all commands, and never written. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { isSystemError, wrapError } from "../../base/errors.ts";
import { digestOf, encodedOf } from "../../bytes/digest.ts";
import { makeTemporaryName } from "../../bytes/disk/owner.ts";
import { sweepFolder } from "../../bytes/disk/sweep.ts";
import { withLock } from "../../bytes/disk/process-lock.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { createSpool } from "../../flatten/spool.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { Layer } from "../../image/root.ts";
import type { Scratch } from "../../image/disk/scratch.ts";
import { writeTar } from "../../tar/write.ts";
import { listDiskMembers } from "./disk-archive.ts";
import { explainFullDisk } from "../system/disk-room.ts";
import { runToEnd } from "../system/helper.ts";
import { removeMapped, type SandboxHome } from "../system/home.ts";
import { helperMappingOf, type IdMapping } from "../system/mapping.ts";
import { UNPACK_PLAIN } from "../place/copy-script.ts";
import { UNPACK } from "../place/scripts.ts";
import { INDEX, limitTrees, USERS } from "./trees.ts";
import { decodeTreeIndex, encodeTreeIndex, type TreeEntry, type TreeIndex } from "./tree-entry.ts";

/** A tree on the disk, until it is disposed of. */
export interface BaseTree extends AsyncDisposable {
  /** The folder that `tree` is in. */
  readonly folder: string;
  readonly index: TreeIndex;
}

/** The place of trees, and the means to make one. */
export interface TreeMeans {
  readonly home: SandboxHome;
  readonly mapping: IdMapping;
  /** Holds contents on their way. */
  readonly scratch: Scratch;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Changes when trees of older versions are of no use. */
const VERSION = 1;

/**
 * Opens the tree of these layers, and makes it if there is none. While it is open, nobody removes
 * it.
 * @throws NixociError `DIGEST` and what else merging layers throws; `IO`.
 */
export async function openBaseTree(layers: readonly Layer[], place: TreeMeans): Promise<BaseTree> {
  const key = keyOf(layers, place.mapping);
  const folder = join(place.home.trees, key);
  for (;;) {
    const use = markUse(folder);
    if (use !== undefined) {
      await sweepFolder(join(folder, USERS), { locks: false });
      const now = new Date();
      utimesSync(join(folder, INDEX), now, now);
      const index = decodeTreeIndex(readFileSync(join(folder, INDEX), "utf8"));
      return { folder, index, [Symbol.asyncDispose]: async () => rmSync(use, { force: true }) };
    }
    await withLock(join(place.home.trees, `.${key}.lock`), () => makeTree(layers, folder, place), {
      ...(place.signal && { signal: place.signal }),
      onWait: (message) => place.onNotice?.({ code: "WAITING", message }),
    });
  }
}

/** Returns a name for the tree of these layers, as it is on the disk under this mapping. */
function keyOf(layers: readonly Layer[], { kind, uids, gids }: IdMapping): string {
  const facts = [VERSION, kind === "plain", layers.map(({ diffId }) => diffId), uids, gids];
  return encodedOf(digestOf(Buffer.from(JSON.stringify(facts))));
}

/** Notes that this process uses a tree; `undefined` when it is not there. */
function markUse(folder: string): string | undefined {
  const use = join(folder, USERS, makeTemporaryName());
  try {
    writeFileSync(use, "", { flag: "wx" });
    return use;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw wrapError(error, `Cannot use ${folder}`);
  }
}

async function makeTree(layers: readonly Layer[], folder: string, place: TreeMeans): Promise<void> {
  if (existsSync(folder)) return; // made while we waited for the lock
  const name = makeTemporaryName();
  const made = join(place.home.trees, name);
  try {
    mkdirSync(join(made, USERS), { recursive: true, mode: 0o700 });
    mkdirSync(join(made, "tree"), { mode: 0o755 });
    const index = await unpackTree(layers, made, place);
    writeFileSync(join(made, INDEX), encodeTreeIndex(index));
    renameSync(made, folder);
    await limitTrees(place.home.trees, place.mapping);
  } catch (failure) {
    const error = explainFullDisk(failure, place.home.trees);
    await removeMapped(place.home.trees, name, place.mapping);
    throw wrapError(error, "Cannot unpack the image to run a command on it");
  }
}

/** Unpacks the layers; all is on the disk when it returns. */
async function unpackTree(
  layers: readonly Layer[],
  made: string,
  { mapping, scratch, onNotice, signal }: TreeMeans,
): Promise<TreeIndex> {
  const contents = createSpool(scratch);
  try {
    const tree = await mergeLayers({ layers }, contents, {
      ...(signal && { signal }),
      ...(onNotice && { onNotice }),
    });
    const index = new Map<string, TreeEntry>();
    const members = listDiskMembers(tree, { contents, mapping, index });
    await runToEnd({
      text: `${mapping.kind === "plain" ? UNPACK_PLAIN : UNPACK} tree && sync -f tree`,
      folder: made,
      mapping: helperMappingOf(mapping),
      signal,
    }, writeTar(members));
    await contents.verify();
    return index;
  } finally {
    await contents[Symbol.asyncDispose]();
  }
}
