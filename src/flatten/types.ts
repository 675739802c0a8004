/** Types of a flattened image: entries in order, and contents that a store keeps. */
import type { OnNotice } from "../base/notices.ts";
import type { Layer } from "../image/root.ts";
import type { Extent, TarEntry, TarType } from "../tar/entry.ts";
import type { TarMember } from "../tar/read.ts";

/** The type of an entry. A hard link is another name of a file, and has that file's type. */
export type FlatType = Exclude<TarType, "contiguous">;

/** A name in the final file system, and the file that it names. */
export interface FlatEntry {
  /**
   * `/` between its parts, none at its ends; the empty path is the root. As `decodeName` has it, if
   * it is not UTF-8. No part is empty, `.` or `..`.
   */
  readonly path: string;
  /**
   * `hardlink` only when one layer is shown alone, for a link to a file of the layers below it:
   * `linkpath` is that file.
   */
  readonly type: FlatType;
  /**
   * The file's number, from 1: entries with the same number are names of the same file, and a
   * {@link ContentStore} knows content by it. 0 for a directory that no layer describes.
   */
  readonly file: number;
  /**
   * The path of the file's first name, in the order of paths, if this is a further one. In all else
   * a further name says the same as the first one.
   */
  readonly linkTo: string | undefined;
  /** The target of a symbolic link, as the layer has it; else empty. */
  readonly linkpath: string;
  /** Bytes of content, holes included; 0 for all but files. */
  readonly size: number;
  /** Bytes of content that are stored: fewer than `size` if the file is sparse. */
  readonly storedSize: number;
  /** The extents that are stored, if the file is sparse. */
  readonly sparse: readonly Extent[] | undefined;
  /** Permission bits with set-user-ID, set-group-ID and sticky: `0o7777` at most. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names of the owners, often empty. */
  readonly uname: string;
  readonly gname: string;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly devmajor: number;
  readonly devminor: number;
  /** Extended attributes, `security.capability` among them. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** The layer that describes it, 1 the lowest; 0 for a directory that none describes. */
  readonly layer: number;
}

/** The final file system, once all layers have been read and proved. */
export interface FlatTree {
  /**
   * Iterates over the entries that are wanted, parents first, in the byte order of GNU tar's
   * `--sort=name`.
   */
  entries(): Iterable<FlatEntry>;
  /** Returns the entry at a path, wanted or not; links are not followed. */
  find(path: string): FlatEntry | undefined;
}

/**
 * Keeps contents while the layers go by: newest layer first, in each the order of its archive, so
 * that a store never gets what a newer layer hides.
 */
export interface ContentStore {
  /** Hears of each layer before it is read. */
  begin?(layer: Layer): Promise<void>;
  /**
   * Takes the stored content of a file (`member.data`, `storedSize` bytes, perhaps none; holes left
   * out); called and awaited one by one. Not all that comes will be in the tree: what the same layer
   * says again replaces what it said before, under another number. Nothing is proved before
   * `flattened` has resolved.
   */
  put(file: number, member: TarMember, layer: Layer): Promise<void> | void;
}

/** Options for merging layers. */
export interface MergeOptions {
  /**
   * Tells whether a path is wanted, as entries have it; all are by default. Directories come along.
   */
  readonly wants?: (path: string) => boolean;
  /** Shows this layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  /**
   * Called for each member of each layer, newest layer first: marks and hidden files, too. With the
   * number of the layer, and how many bytes of content the member stores.
   */
  readonly onEntry?: (entry: TarEntry, layer: number, storedSize: number) => void;
  /** Called when bytes of a layer are left out. */
  readonly onNotice?: OnNotice;
  readonly signal?: AbortSignal;
}
