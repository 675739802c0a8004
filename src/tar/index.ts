/** Finds the members of an archive that can be read at any place, without reading their contents. */
import type { RandomAccess } from "../bytes/random.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { IndexedEntry } from "./entry.ts";

/** All members of an archive, and their contents on demand, in any order, many at a time. */
export interface TarIndex {
  readonly members: readonly IndexedEntry[];
  /** The last member of that path; `./a`, `a` and `a/` are the same. */
  find(path: string): IndexedEntry | undefined;
  /** A member's content, holes of sparse files filled. */
  open(member: IndexedEntry): ByteStream;
}

/** Where the members are, in order: headers are read, contents are not. Throws as `readTar` does. */
export declare function scanTar(file: RandomAccess): AsyncIterable<IndexedEntry>;

/** The archive's members, kept. Throws as `readTar` does. */
export declare function indexTar(file: RandomAccess): Promise<TarIndex>;
