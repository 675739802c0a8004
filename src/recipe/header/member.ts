/** A file, folder or link in a layer, as its header describes it. */
export interface LayerMember {
  /** Without a slash at the end. Names are as `decodeName` gives them. */
  readonly name: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink";
  readonly linkname: string;
  readonly mode: number;
  /** In bytes; 0 for all but files. */
  readonly size: number;
  readonly owner: MemberOwner;
  /** In seconds since 1970. */
  readonly mtime: number;
  /** Extended attributes, sorted by the bytes of their names. */
  readonly xattrs?: readonly (readonly [name: string, value: Uint8Array])[];
}

export interface MemberOwner {
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
}

/** The longest texts of a ustar block, in bytes; both writers leave out the NUL after them. */
export const NAME_LENGTH = 100;
export const OWNER_LENGTH = 32;

/** Tells whether all of it is ASCII, so that characters are bytes. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
