/** Writes a tree as an archive for the disk, and notes what the tree has. */
import { createHasher, type Digest, digestOf } from "../../bytes/digest.ts";
import { watchStream } from "../../bytes/stream.ts";
import type { Spool } from "../../flatten/spool.ts";
import type { FlatEntry, FlatTree } from "../../flatten/types.ts";
import type { TarInput } from "../../tar/write.ts";
import { diskIdOf, diskModeOf, type IdMapping } from "../system/mapping.ts";
import { isOnDisk, type TreeEntry } from "./tree-entry.ts";

/** The attributes that a disk takes from root of a user namespace. */
const ON_DISK = /^(?:user\.(?!overlay\.)|security\.capability$)/;

/** A tree on its way to the disk. */
export interface DiskArchive {
  /** Its contents: by the numbers of its files. */
  readonly contents: Pick<Spool, "read">;
  readonly mapping: IdMapping;
  /** Gets the entries as they are in the tree, with the digests of their contents. */
  readonly index: Map<string, TreeEntry>;
}

/**
 * Yields the members of an archive for `tar`: owners that cannot be had are root, devices are left
 * out, and so are attributes that only the machine's root can set.
 */
export async function* listDiskMembers(
  tree: FlatTree,
  { contents, mapping, index }: DiskArchive,
): AsyncIterable<TarInput> {
  for (const entry of tree.entries()) {
    const { path, linkTo, sparse } = entry;
    const fields = diskFieldsOf(entry, mapping);
    let digest: Digest | undefined;
    if (linkTo !== undefined) {
      digest = index.get(linkTo)?.digest;
      if (isOnDisk(entry)) {
        yield { fields: { path, mtime: entry.mtime, type: "hardlink", linkpath: linkTo } };
      }
    } else if (entry.type === "file" && entry.size > 0) {
      const stored = await contents.read(entry);
      if (stored instanceof Uint8Array) {
        digest = digestOf(stored);
        yield { fields, data: stored, sparse };
      } else {
        const hash = createHasher("sha256");
        yield { fields, data: watchStream(stored, (chunk) => hash.update(chunk)), sparse };
        digest = hash.digest();
      }
    } else {
      if (entry.type === "file") digest = digestOf(new Uint8Array(0));
      if (isOnDisk(entry)) yield { fields };
    }
    index.set(path, toTreeEntry(entry, sparse === undefined ? digest : undefined));
  }
}

function diskFieldsOf(entry: FlatEntry, mapping: IdMapping): TarInput["fields"] {
  const { path, type, linkpath, size, mode, mtime } = entry;
  return {
    path: type === "directory" ? `${path || "."}/` : path,
    type,
    linkpath,
    size,
    mode: diskModeOf(mapping, type, mode),
    mtime,
    uid: diskIdOf(mapping.uids, entry.uid),
    gid: diskIdOf(mapping.gids, entry.gid),
    xattrs: new Map([...entry.xattrs].filter(([name]) => ON_DISK.test(name))),
  };
}

function toTreeEntry(entry: FlatEntry, digest: Digest | undefined): TreeEntry {
  const { path, type, linkTo, linkpath, size, mode, uid, gid, mtime, devmajor, devminor } = entry;
  // deno-fmt-ignore
  return {
    path, type, linkTo, linkpath, size, mode, uid, gid, mtime, devmajor, devminor,
    xattrs: entry.xattrs, digest,
  };
}
