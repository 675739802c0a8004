/** The files that a command finds on top of a tree, as what it makes has them, too. */
import { mergeLayers } from "../../flatten/merge.ts";
import { createSpool } from "../../flatten/spool.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { collectStream } from "../../bytes/stream.ts";
import { writeTar } from "../../tar/write.ts";
import type { SandboxOptions } from "../command.ts";
import { listDiskMembers } from "./disk-archive.ts";
import type { FindEntry } from "./follow.ts";
import type { IdMapping } from "../system/mapping.ts";
import type { TreeEntry, TreeIndex } from "./tree-entry.ts";

/** Files on their way to the folder that a command writes to. */
export interface BegunTree extends AsyncDisposable {
  readonly find: FindEntry;
  /** The files; known once the archive is read. */
  readonly index: TreeIndex;
  /** Their archive for the disk; left out where there are none. */
  readonly archive: ByteStream | undefined;
  /** Reads the first bytes of a file; `undefined` where there is none. */
  readHead(path: string): Promise<Buffer | undefined>;
  /** Reads a small file; `undefined` where there is none. */
  readText(path: string): Promise<string | undefined>;
}

/** In bytes, of a file of users or groups. */
const MOST_TEXT = 16 * 1024 * 1024;

/** Opens the files of the layers that are begun with. Throws as merging layers does. */
export async function openBegunTree(
  { begun: layers = [], scratch, signal }: SandboxOptions,
  mapping: IdMapping,
): Promise<BegunTree> {
  const contents = createSpool(scratch);
  const tree = await mergeLayers({ layers }, contents, signal ? { signal } : {});
  const index = new Map<string, TreeEntry>();
  const findFile = (path: string) => {
    const entry = tree.find(path);
    return entry?.type === "file" && entry.sparse === undefined ? entry : undefined;
  };
  return {
    find: (path) => layers.length === 0 ? undefined : tree.find(path),
    index,
    archive: layers.length === 0
      ? undefined
      : writeTar(listDiskMembers(tree, { contents, mapping, index })),
    async readHead(path) {
      const entry = findFile(path);
      if (entry === undefined) return undefined;
      for await (const chunk of contents.open(entry)) return Buffer.from(chunk.subarray(0, 4096));
      return undefined;
    },
    async readText(path) {
      const entry = findFile(path);
      if (entry === undefined) return undefined;
      return (await collectStream(contents.open(entry), MOST_TEXT, path)).toString();
    },
    [Symbol.asyncDispose]: () => contents[Symbol.asyncDispose](),
  };
}
