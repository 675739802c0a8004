/** What a flattened image is made of: entries in order, and contents that someone keeps. */
import type { Layer } from "../image/root.ts";
import type { Extent, TarType } from "../tar/entry.ts";
import type { TarMember } from "../tar/read.ts";

/** What an entry can be. A hard link is another name of a file, and has that file's type. */
export type FlatType = Exclude<TarType, "contiguous">;

/** A name in the final file system, and the file that it names. */
export interface FlatEntry {
  /**
   * `/` between its parts, none at its ends; the empty path is the root. As `decodeName` has it, where
   * it is not UTF-8. No part is empty, `.` or `..`.
   */
  readonly path: string;
  /**
   * `hardlink` only where one layer is shown alone, for a link to a file of the layers below it:
   * `linkpath` says to which.
   */
  readonly type: FlatType;
  /**
   * Which file it is, from 1: entries with the same number are names of the same one, and a
   * {@link ContentStore} knows content by it. 0 for a directory that no layer describes.
   */
  readonly file: number;
  /**
   * The path of the first name of the file, in the order of paths, where this is a further one. In
   * all else a further name says of the file what the first one does.
   */
  readonly linkTo: string | undefined;
  /** Where a symbolic link leads, as the layer has it; else empty. */
  readonly linkpath: string;
  /** Bytes of content, holes included; 0 for all but files. */
  readonly size: number;
  /** Bytes of it that are stored: less than `size` where the file is sparse. */
  readonly storedSize: number;
  /** The extents that are stored, where the file is sparse. */
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
  /** Which layer describes it, 1 the lowest; 0 for a directory that none describes. */
  readonly layer: number;
}

/** The final file system, once all layers have been read and proved. */
export interface FlatTree {
  /** All entries that are wanted, parents first, names in byte order as GNU tar's `--sort=name`. */
  entries(): Iterable<FlatEntry>;
  /** The entry at a path, wanted or not; links are not followed. */
  find(path: string): FlatEntry | undefined;
}

/**
 * Keeps contents while the layers go by: newest layer first, in each the order of its archive, so
 * that what a newer layer hides is never given to it.
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

/** Says which part of an image is merged. */
export interface FlattenOptions {
  /** Whether a path is wanted, as entries have it; all are by default. Directories come along. */
  readonly wants?: (path: string) => boolean;
  /** Show this layer alone, 1 the lowest; its whiteouts are files then. */
  readonly layer?: number;
  readonly signal?: AbortSignal;
}
