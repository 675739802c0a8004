/** Puts what is made here into the tree of a layer, over what its paths have brought. */
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import { type FileStat, readStat } from "../files.ts";
import {
  type DiskContent,
  type MadeEntry,
  type MadeFile,
  madeFilesOf,
  type MadeNode,
  toBytes,
} from "./made.ts";
import { diskRootOf, type StoreRoot } from "../store-root.ts";
import type { PlantRules } from "../tree/overlay.ts";
import { addFile } from "../tree/plant.ts";
import type { TreeFile, TreeNode } from "../tree/tree.ts";

/**
 * Puts entries where they belong, in their order; a recipe that was checked has each place once.
 * @throws NixociError `EXISTS` where something else lies already, but for a folder where one lies;
 * `NOT_FOUND`, `IO` and `UNSUPPORTED` of files that have an entry's content.
 */
export function addMadeEntries(
  tree: TreeNode,
  made: readonly MadeEntry[],
  store: StoreRoot,
  rules: Pick<PlantRules, "follow">,
): void {
  const files = madeFilesOf(made);
  for (const one of made) {
    const node = one.type === "hardlink" ? files.get(one.target)! : one;
    addFile(tree, one.path, foundOf(node, store), rules);
  }
}

function foundOf(made: MadeNode, store: StoreRoot): TreeFile {
  const plain = { source: made.path, root: "", perms: undefined, whole: false, made };
  if (made.type === "symlink") return { ...plain, stat: LINK };
  if (made.type === "directory") {
    return { ...plain, stat: { type: "directory", mode: made.mode ?? 0o755, size: 0 } };
  }
  const content = contentOf(made, store);
  const size = content instanceof Uint8Array
    ? content.length
    : content.size ?? readSize(content.file, made);
  return { ...plain, content, stat: { type: "file", mode: made.mode ?? 0o644, size } };
}

const LINK: FileStat = { type: "symlink", mode: 0o777, size: 0 };

/** Returns the bytes of a file, or where these lie on disk. */
function contentOf({ content }: MadeFile, store: StoreRoot): DiskContent | Uint8Array {
  if (typeof content === "string" || content instanceof Uint8Array) return toBytes(content);
  return { ...content, file: diskRootOf(content.file, store) + content.file };
}

function readSize(file: string, { path }: MadeFile): number {
  const { type, size } = readStat(file);
  if (type === "file") return size;
  const what = `Cannot make ${quoteName(path)} of ${quoteName(file)}: it is not a regular file`;
  throw new NixociError("UNSUPPORTED", what, { hint: "name the file that a link leads to" });
}
