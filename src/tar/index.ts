/** Finds the members of an archive that can be read at any position, without reading their contents. */
import type { RandomAccess } from "../bytes/disk/random-access.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { paddedSizeOf } from "./block.ts";
import type { IndexedEntry } from "./entry.ts";
import type { Globals } from "./header/header.ts";
import { expandSparse } from "./sparse.ts";
import { type ByteSupply, cutShortError, readNextHeader, readTrailing } from "./supply.ts";

/** All members of an archive, and their contents on demand, in any order, many at a time. */
export interface TarIndex {
  readonly members: readonly IndexedEntry[];
  /** Finds the last member of that path; `./a`, `a` and `a/` are the same. */
  find(path: string): IndexedEntry | undefined;
  /** Reads a member's content, with the holes of sparse files filled. */
  open(member: IndexedEntry): ByteStream;
}

/**
 * Yields the members in order: headers are read, contents are not. Throws as `readTar` does.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { openFile, tar } from "nixoci";
 * await writeFile("a.tar", tar.writeTar([{ fields: { path: "a" } }, { fields: { path: "b" } }]));
 * await using file = await openFile("a.tar");
 * for await (const { entry } of tar.scanTar(file)) {
 *   if (entry.path === "b") console.log(entry.type); // file
 * }
 * ```
 */
export async function* scanTar(file: RandomAccess): AsyncGenerator<IndexedEntry, void> {
  const window = new FileWindow(file);
  const globals: Globals = new Map();
  for (;;) {
    const next = readNextHeader(window, globals);
    const member = next instanceof Promise ? await next : next;
    if (member === undefined) break;
    window.offset = member.dataOffset + paddedSizeOf(member.storedSize);
    if (window.offset > file.size) throw cutShortError(member.entry);
    yield member;
  }
  await readTrailing(window);
}

/**
 * Reads the archive's members into an index in memory. Throws as `readTar` does.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { openFile, tar } from "nixoci";
 * const hi = { fields: { path: "./hi", size: 2 }, data: Buffer.from("hi") };
 * await writeFile("a.tar", tar.writeTar([hi]));
 * await using file = await openFile("a.tar");
 * const index = await tar.indexTar(file);
 * for await (const chunk of index.open(index.find("hi")!)) console.log(String(chunk)); // hi
 * ```
 */
export async function indexTar(file: RandomAccess): Promise<TarIndex> {
  const members: IndexedEntry[] = [];
  const byPath = new Map<string, IndexedEntry>();
  for await (const member of scanTar(file)) {
    members.push(member);
    byPath.set(normalizePath(member.entry.path), member);
  }
  return {
    members,
    find: (path) => byPath.get(normalizePath(path)),
    open: (member) => expandSparse(member.entry, readStored(file, member)),
  };
}

/** Removes from a path what makes no difference. */
function normalizePath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
}

async function* readStored(file: RandomAccess, member: IndexedEntry): ByteStream {
  const { entry, dataOffset, storedSize } = member;
  let left = storedSize;
  for await (const chunk of file.read(dataOffset, dataOffset + storedSize)) {
    left -= chunk.length;
    yield chunk;
  }
  if (left !== 0) throw cutShortError(entry);
}

/** The size of a read; the headers of small members are close together. */
const WINDOW_SIZE = 32 * 1024;

/** The bytes of a file from a position that can be moved. */
class FileWindow implements ByteSupply {
  /** The position of the next bytes. */
  offset = 0;
  readonly #file: RandomAccess;
  readonly #buffer = Buffer.allocUnsafe(WINDOW_SIZE);
  #start = 0;
  #end = 0;

  constructor(file: RandomAccess) {
    this.#file = file;
  }

  takeWhole(length: number): Uint8Array | undefined {
    const at = this.offset;
    if (at < this.#start || at + length > this.#end) return undefined;
    this.offset += length;
    return this.#buffer.subarray(at - this.#start, at - this.#start + length);
  }

  async gather(length: number): Promise<Uint8Array> {
    const into = length > WINDOW_SIZE ? Buffer.allocUnsafe(length) : this.#buffer;
    const filled = await this.#file.readAt(into, this.offset);
    if (into === this.#buffer) {
      this.#start = this.offset;
      this.#end = this.offset + filled;
    }
    const bytes = into.subarray(0, Math.min(length, filled));
    this.offset += bytes.length;
    return bytes;
  }
}
