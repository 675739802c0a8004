/** The NAR of a store path, out of the layers of an image that has it. */
import { disposeAll } from "../../base/dispose.ts";
import { NixociError } from "../../base/errors.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { mergeLayers } from "../../flatten/merge.ts";
import { createSpool, type Spool } from "../../flatten/spool.ts";
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import type { Layer } from "../../image/root.ts";
import { type NarNode, writeNar } from "../../nix/formats/nar.ts";
import { encodeName } from "../../tar/name.ts";

/**
 * Writes the NAR of a path in these layers. They are read when the first byte is asked for; contents wait
 * in a temporary file unless they lie in a file as they are.
 * @throws from the stream, NixociError `NOT_FOUND` when they lack it, `UNSUPPORTED` for devices and the
 * like, and what reading layers throws.
 */
export async function* readImageNar(layers: readonly Layer[], path: string): ByteStream {
  const room = createScratch();
  const spool = createSpool(room);
  const top = path.slice(1);
  try {
    const wants = (name: string): boolean => name === top || name.startsWith(`${top}/`);
    const tree = await mergeLayers({ layers }, spool, { wants });
    yield* writeNar(makeNode(tree, spool, top), path);
    await spool.verify();
  } finally {
    await disposeAll([room, spool]);
  }
}

/** Makes the tree of what lies at a path: a NAR asks folders for what is in them. */
function makeNode(tree: FlatTree, spool: Spool, top: string): NarNode {
  const below = new Map<string, [name: string, entry: FlatEntry][]>();
  for (const entry of tree.entries()) {
    if (!entry.path.startsWith(`${top}/`)) continue;
    const end = entry.path.lastIndexOf("/");
    const folder = entry.path.slice(0, end);
    const list = below.get(folder) ?? [];
    if (list.length === 0) below.set(folder, list);
    list.push([entry.path.slice(end + 1), entry]);
  }
  const nodeOf = (entry: FlatEntry): NarNode => {
    const { type, path, size, storedSize, mode, linkpath } = entry;
    if (type === "directory") {
      return {
        type: "directory",
        entries: () =>
          (below.get(path) ?? []).map(([name, one]) => [encodeName(name), nodeOf(one)] as const),
      };
    }
    if (type === "symlink") return { type: "symlink", target: encodeName(linkpath) };
    if (type !== "file" || size !== storedSize) throw strangeError(path, type);
    const executable = (mode & 0o100) !== 0;
    return { type: "regular", executable, size, open: () => spool.open(entry) };
  };
  const root = tree.find(top);
  if (root !== undefined) return nodeOf(root);
  throw new NixociError("NOT_FOUND", `the image does not have /${top}`);
}

function strangeError(path: string, type: string): NixociError {
  return new NixociError("UNSUPPORTED", `/${path} is a ${type}, which no NAR holds`);
}
