/**
 * The members of a tar archive, in whatever dialect they were written.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */

/** The type of file that a member makes. Sparse files, old or PAX, are files with `sparse`. */
export type TarType =
  | "file"
  | "hardlink"
  | "symlink"
  | "char"
  | "block"
  | "directory"
  | "fifo"
  | "contiguous";

/** A part of a sparse file, `[offset, offset + size)`, that the archive holds; the rest is zeros. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** A member's fields for a writer; what is left out is zero, empty, or a regular file. */
export interface TarFields {
  /**
   * The name, `/` between its parts, as the archive has it: a leading `./` or `/`, and the slash
   * after a directory, are kept. See `decodeName` for bytes that are not UTF-8.
   */
  readonly path: string;
  readonly type?: TarType;
  /** The target of a symbolic link, or the member that a hard link is another name of. */
  readonly linkpath?: string;
  /** In bytes: the size of the file, including its holes; 0 for all but files. */
  readonly size?: number;
  /** Permission bits with set-user-ID, set-group-ID and sticky: `0o7777` at most. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly uname?: string;
  readonly gname?: string;
  /** Nanoseconds since 1970, negative before. */
  readonly mtime?: bigint;
  readonly devmajor?: number;
  readonly devminor?: number;
  /** Extended attributes, `security.capability` among them. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** A member of an archive, with all its fields. */
export interface TarEntry extends Required<TarFields> {
  /** The PAX records that apply, global and own; values as `decodeName` returns them. */
  readonly pax: ReadonlyMap<string, string>;
  /** The extents that are stored, in order, when the member is sparse. */
  readonly sparse: readonly Extent[] | undefined;
  /**
   * The member's blocks before its stored content, byte for byte: global, extended and long-name
   * headers, its own header, sparse maps. `raw`, the stored content and `paddingFor` it make an
   * exact copy.
   */
  readonly raw: Uint8Array;
}

/** A member and its position in the archive. All in bytes. */
export interface IndexedEntry {
  readonly entry: TarEntry;
  /** The position of `entry.raw`. */
  readonly offset: number;
  /** The position of the stored content. */
  readonly dataOffset: number;
  /** The length of the stored content: `entry.size`, but for sparse members. */
  readonly storedSize: number;
}

/** Tells whether members of the type may have content. */
export function hasContent(type: TarType): boolean {
  return type === "file" || type === "contiguous";
}
