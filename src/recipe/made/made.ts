/** Files, folders and links that are made here, for no path brings them. Plain data. */
import { Buffer } from "node:buffer";

/** A file, a folder or a link that is made here. */
export type MadeEntry = MadeFile | MadeFolder | MadeSymlink | MadeHardlink;

/** An entry that is a file of its own, not another name of one. */
export type MadeNode = Exclude<MadeEntry, MadeHardlink>;

/** The attributes that every entry but a hard link has. */
export interface MadeAttributes {
  /** Its place in the image: absolute, without `.` and `..`; names as `decodeName` gives them. */
  readonly path: string;
  /** The recipe's owner when left out. */
  readonly uid?: number;
  readonly gid?: number;
  /** The recipe's when left out, and none beside an ID of its own. */
  readonly uname?: string;
  readonly gname?: string;
  /** In seconds since 1970; the recipe's when left out. */
  readonly mtime?: number;
  /** Extended attributes, by their whole names: `user.note`, `security.capability`. */
  readonly xattrs?: Readonly<Record<string, string | Uint8Array>>;
}

/** A file, with what is in it. */
export interface MadeFile extends MadeAttributes {
  readonly type: "file";
  readonly content: FileContent;
  /** It takes the place of a file that the paths bring, which is an error otherwise. */
  readonly replaces?: boolean;
  /** Permission bits, set-user-ID and its like; 0644 when left out. */
  readonly mode?: number;
}

/** A text, which becomes UTF-8; bytes; or what is on disk. */
export type FileContent = string | Uint8Array | DiskContent;

/** A file on disk, or a part of one. */
export interface DiskContent {
  /** Found as a {@link RecipePath} is. */
  readonly file: string;
  /** In bytes, where that is known: the file is refused if it has others. */
  readonly size?: number;
  /** The position where the part begins that is meant, of that size; no plan can say it. */
  readonly at?: number;
}

/** A folder; where one lies already, it says how that one is. */
export interface MadeFolder extends MadeAttributes {
  readonly type: "directory";
  /** 0755 when left out. */
  readonly mode?: number;
}

/** A symbolic link. */
export interface MadeSymlink extends MadeAttributes {
  readonly type: "symlink";
  /** The text of the link. */
  readonly target: string;
}

/** Another name of a file that the same recipe makes: all that there is to say is said there. */
export interface MadeHardlink {
  readonly type: "hardlink";
  readonly path: string;
  /** The file's path in the image. */
  readonly target: string;
}

/** Returns the bytes of a text, or of what is bytes already. */
export function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? Buffer.from(content) : content;
}

/** Returns the files of these entries by their paths. */
export function madeFilesOf(made: readonly MadeEntry[]): ReadonlyMap<string, MadeFile> {
  return new Map(made.flatMap((one) => one.type === "file" ? [[one.path, one]] : []));
}
