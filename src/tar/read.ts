/** Reads an archive from a stream, one member after another. */
import type { ByteStream } from "../bytes/stream.ts";
import type { IndexedEntry } from "./entry.ts";

/** A member and its stored content. */
export interface TarMember extends IndexedEntry {
  /**
   * The stored content (`storedSize` bytes; `expandSparse` makes the file of it), to be read once
   * and before the next member is asked for. What is not read is skipped.
   */
  readonly data: ByteStream;
}

/**
 * The members of an archive in order: v7, ustar, PAX, GNU, and what they mix.
 * @throws from the iteration, NixociError `MALFORMED` for what is not a tar archive, is cut short,
 * or means different things to different readers; `UNSUPPORTED` for members that are no files;
 * `LIMIT` for headers that are too large.
 */
export declare function readTar(archive: ByteStream): AsyncIterable<TarMember>;
