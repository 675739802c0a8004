/** The facts about the files of a tree: those that the disk could not take are only here. */
import type { Digest } from "../../bytes/digest.ts";
import type { FlatEntry } from "../../flatten/types.ts";

type NotKept = "file" | "layer" | "storedSize" | "sparse" | "uname" | "gname";

/** A file of a tree. */
export interface TreeEntry extends Omit<FlatEntry, NotKept> {
  /** The content of a file; left out where it has none, and of sparse files. */
  readonly digest?: Digest | undefined;
}

/** The files of a tree by path, parents first; the root's path is empty. */
export type TreeIndex = ReadonlyMap<string, TreeEntry>;

type IndexRow = [
  path: string,
  type: TreeEntry["type"],
  mode: number,
  uid: number,
  gid: number,
  size: number,
  mtime: string,
  linkTo: string | null,
  linkpath: string,
  device: readonly [number, number],
  digest: Digest | null,
  xattrs: readonly (readonly [string, string])[],
];

/** Encodes an index as JSON. */
export function encodeTreeIndex(index: TreeIndex): string {
  const rows = Array.from(index.values(), (one): IndexRow => [
    one.path,
    one.type,
    one.mode,
    one.uid,
    one.gid,
    one.size,
    String(one.mtime),
    one.linkTo ?? null,
    one.linkpath,
    [one.devmajor, one.devminor],
    one.digest ?? null,
    Array.from(one.xattrs, ([name, value]) => [name, Buffer.from(value).toString("base64")]),
  ]);
  return JSON.stringify(rows);
}

/** Decodes an index that {@link encodeTreeIndex} has made. */
export function decodeTreeIndex(text: string): TreeIndex {
  const index = new Map<string, TreeEntry>();
  for (const row of JSON.parse(text) as readonly IndexRow[]) {
    const [path, type, mode, uid, gid, size, mtime, linkTo, linkpath, device, digest, xattrs] = row;
    index.set(path, {
      path,
      type,
      mode,
      uid,
      gid,
      size,
      mtime: BigInt(mtime),
      linkTo: linkTo ?? undefined,
      linkpath,
      devmajor: device[0],
      devminor: device[1],
      digest: digest ?? undefined,
      xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, "base64")])),
    });
  }
  return index;
}

/** Returns the bytes of all files together. */
export function sizeOf(index: TreeIndex): number {
  return [...index.values()].reduce((sum, one) => sum + (one.linkTo ? 0 : one.size), 0);
}

/** Tells whether the disk has the file: nobody but root of the machine can make devices. */
export function isOnDisk({ type }: TreeEntry): boolean {
  return type !== "char" && type !== "block";
}
