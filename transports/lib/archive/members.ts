/** The members of an archive by their paths, links between them followed, nothing outside reachable. */
import type { RandomAccess } from "../../../src/bytes/disk/random-access.ts";
import { type ByteStream, collectStream } from "../../../src/bytes/stream.ts";
import { NixociError } from "../../../src/base/errors.ts";
import type { IndexedEntry } from "../../../src/tar/entry.ts";
import { scanTar } from "../../../src/tar/index.ts";

/** A regular file in an archive. Its bytes are as the archive has them: not verified. */
export interface ArchiveMember {
  /** In bytes. */
  readonly size: number;
  /** The first `n` bytes, or all if there are fewer. */
  head(n: number): Promise<Uint8Array>;
  open(): ByteStream;
  /** The same bytes at any place; letting go of them leaves the archive open. */
  inPlace(): Promise<RandomAccess & AsyncDisposable>;
}

/** Files in an archive, found by path. */
export interface Members {
  /** Tells whether there is a member of that path, of any type. */
  has(path: string): boolean;
  /**
   * The file of that path, symbolic and hard links followed (`docker save` shares layers so). A path
   * that begins with a slash begins at the archive's root, where there is such a member.
   * @throws NixociError `NOT_FOUND`; `UNSAFE` when the path or a link leads out of the archive;
   * `MALFORMED` when links lead in a circle or it is not a file; `UNSUPPORTED` when it is sparse.
   */
  file(path: string): ArchiveMember;
  /** The whole of a small file; throws as `file` does, and `LIMIT` past `limit` bytes. */
  bytes(path: string, limit: number): Promise<Buffer>;
}

/** The part of a member that we keep: a place, or a link. */
interface MemberPlace extends Pick<IndexedEntry["entry"], "type" | "linkpath" | "size"> {
  readonly offset: number;
  readonly isSparse: boolean;
}

// An image has some hundred members. A million would be an attack on our memory.
const MAX_MEMBERS = 100_000;
// As Linux has it for paths; and of all paths together, in UTF-16 units.
const MAX_PATH = 4096;
const MAX_PATHS = 16 * 1024 * 1024;

/**
 * The archive's members by path: of two with one path the last, as tar unpacks them.
 * @throws NixociError `LIMIT` when there are too many or their paths too long, and as `readTar` does.
 */
export async function indexMembers(archive: RandomAccess): Promise<Members> {
  const places = new Map<string, MemberPlace>();
  let count = 0;
  let paths = 0;
  for await (const { entry, dataOffset: offset } of scanTar(archive)) {
    if (++count > MAX_MEMBERS) {
      throw new NixociError("LIMIT", `it has more than ${MAX_MEMBERS} members`);
    }
    const { path, type, linkpath, size, sparse } = entry;
    paths += path.length + linkpath.length;
    if (Math.max(path.length, linkpath.length) > MAX_PATH || paths > MAX_PATHS) {
      throw new NixociError("LIMIT", "the paths of its members are too long");
    }
    const key = normalize(trimSlashes(path));
    if (key) places.set(key, { type, linkpath, size, offset, isSparse: sparse !== undefined });
  }
  const file = (path: string): ArchiveMember => {
    const { size, offset } = followLinks(places, path);
    return {
      size,
      async head(n) {
        const head = Buffer.alloc(Math.min(n, size));
        return head.subarray(0, await archive.readAt(head, offset));
      },
      open: () => archive.read(offset, offset + size),
      inPlace: () => Promise.resolve(partOf(archive, offset, size)),
    };
  };
  return {
    has: (path) => places.has(keepInside(trimSlashes(path))),
    file,
    bytes: (path, limit) => collectStream(file(path).open(), limit, path),
  };
}

/** Returns a part of a file that is held by someone else. */
function partOf(
  archive: RandomAccess,
  offset: number,
  size: number,
): RandomAccess & AsyncDisposable {
  return {
    size,
    read: (start = 0, end = size) => archive.read(offset + start, offset + Math.min(end, size)),
    async readAt(into, position) {
      const part = into.subarray(0, Math.max(0, Math.min(into.length, size - position)));
      return await archive.readAt(part, offset + position);
    },
    unchanged: archive.unchanged,
    async [Symbol.asyncDispose]() {},
  };
}

// `docker save` needs one hop. Linux gives up after 40.
const MAX_HOPS = 40;

function followLinks(places: ReadonlyMap<string, MemberPlace>, path: string): MemberPlace {
  const bare = keepInside(trimSlashes(path));
  let at = places.has(bare) ? bare : keepInside(path);
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const place = places.get(at);
    if (place === undefined) throw noFileError(path, at);
    const { type, linkpath } = place;
    if (place.isSparse) throw sparseError(path);
    if (type === "file" || type === "contiguous") return place;
    // A symbolic link starts from its own folder, a hard link from the root of the archive.
    if (type === "symlink") at = keepInside(linkpath, at.slice(0, at.lastIndexOf("/") + 1));
    else if (type === "hardlink") at = keepInside(trimSlashes(linkpath));
    else throw new NixociError("MALFORMED", `${path} in it is a ${type}, not a file`);
  }
  throw new NixociError("MALFORMED", `links at ${path} in it lead in a circle`);
}

/** Returns the path as tar takes it: the root of a member is the archive's. */
function trimSlashes(path: string): string {
  return path.replace(/^\/+/, "");
}

/** Returns the path without what makes no difference; `undefined` when it leads out of the archive. */
function normalize(path: string, folder = ""): string | undefined {
  if (path.startsWith("/")) return undefined;
  const parts: string[] = [];
  for (const part of `${folder}${path}`.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** Returns the path of a member, proved to be within the archive. */
function keepInside(path: string, folder?: string): string {
  const normal = normalize(path, folder);
  if (normal !== undefined) return normal;
  throw new NixociError("UNSAFE", `${JSON.stringify(path)} leads out of the archive`, {
    hint: "the archive is malformed or malicious; do not use it",
  });
}

function noFileError(path: string, at: string): NixociError {
  const through = at === path ? "" : ` (${path} leads there)`;
  return new NixociError("NOT_FOUND", `it has no file ${at}${through}`, {
    hint: "the archive is incomplete; make it again",
  });
}

function sparseError(path: string): NixociError {
  return new NixociError("UNSUPPORTED", `${path} in it is stored as a sparse file`, {
    hint: "make the archive again, without tar's --sparse",
  });
}
