/** The members of an archive by their paths, links between them followed, nothing outside reachable. */
import type { RandomAccess } from "../../../src/bytes/random.ts";
import { type ByteStream, collect } from "../../../src/bytes/stream.ts";
import { NixociError } from "../../../src/errors.ts";
import type { IndexedEntry } from "../../../src/tar/entry.ts";
import type { TarIndex } from "../../../src/tar/index.ts";

/** A regular file in an archive. Its bytes are as the archive has them: not verified. */
export interface Member {
  /** In bytes. */
  readonly size: number;
  /** The first `n` bytes, or all if there are fewer. */
  head(n: number): Promise<Uint8Array>;
  open(): ByteStream;
}

/** Files in an archive, found by path. */
export interface Members {
  /** Whether there is a member of that path, of whatever type. */
  has(path: string): boolean;
  /**
   * The file of that path, symbolic and hard links followed (`docker save` shares layers so).
   * @throws NixociError `NOT_FOUND`; `UNSAFE` when the path or a link leads out of the archive;
   * `MALFORMED` when links lead in a circle or it is no file.
   */
  file(path: string): Member;
  /** The whole of a small file; throws as `file` does, and `LIMIT` past `limit` bytes. */
  bytes(path: string, limit: number): Promise<Buffer>;
}

/** The archive's members by path: of two with one path the last, as tar unpacks them. */
export function members(index: TarIndex, archive: RandomAccess): Members {
  const file = (path: string): Member => {
    const found = resolve(index, path);
    const { size, sparse } = found.entry;
    if (sparse !== undefined) {
      throw new NixociError("UNSUPPORTED", `${path} in it is a sparse file`, {
        hint: "make the archive again, without tar's --sparse",
      });
    }
    return {
      size,
      async head(n) {
        const head = Buffer.alloc(Math.min(n, size));
        return head.subarray(0, await archive.readAt(head, found.dataOffset));
      },
      open: () => index.open(found),
    };
  };
  return {
    has: (path) => index.find(inside(path)) !== undefined,
    file,
    bytes: (path, limit) => collect(file(path).open(), limit, path),
  };
}

// `docker save` needs one hop. Linux gives up after 40.
const MAX_HOPS = 40;

function resolve(index: TarIndex, path: string): IndexedEntry {
  let at = inside(path);
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const member = index.find(at);
    if (member === undefined) throw missing(path, at);
    const { type, linkpath } = member.entry;
    if (type === "file" || type === "contiguous") return member;
    // A symbolic link starts from its own folder, a hard link from the root of the archive.
    if (type === "symlink") at = inside(linkpath, at.slice(0, at.lastIndexOf("/") + 1));
    else if (type === "hardlink") at = inside(linkpath);
    else throw new NixociError("MALFORMED", `${path} in it is a ${type}, not a file`);
  }
  throw new NixociError("MALFORMED", `links at ${path} in it lead in a circle`);
}

function missing(path: string, at: string): NixociError {
  const through = at === path ? "" : ` (${path} leads there)`;
  return new NixociError("NOT_FOUND", `it has no file ${at}${through}`, {
    hint: "the archive is incomplete; make it again",
  });
}

/** The path without `.` and `..`, proved to stay within the archive. */
function inside(path: string, folder = ""): string {
  const parts: string[] = [];
  if (path.startsWith("/")) throw outside(path);
  for (const part of `${folder}${path}`.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) throw outside(path);
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function outside(path: string): NixociError {
  return new NixociError("UNSAFE", `${JSON.stringify(path)} leads out of the archive`, {
    hint: "the archive is malformed or malicious; do not use it",
  });
}
