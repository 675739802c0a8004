/** Finds the members of an archive that can be read at any place, without reading their contents. */
import type { RandomAccess } from "../bytes/disk/random.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { padded } from "./block.ts";
import type { IndexedEntry } from "./entry.ts";
import type { Globals } from "./header.ts";
import { expandSparse } from "./sparse.ts";
import { cutShort, nextHeader, readTrailing, type Supply } from "./supply.ts";

/** All members of an archive, and their contents on demand, in any order, many at a time. */
export interface TarIndex {
  readonly members: readonly IndexedEntry[];
  /** The last member of that path; `./a`, `a` and `a/` are the same. */
  find(path: string): IndexedEntry | undefined;
  /** A member's content, holes of sparse files filled. */
  open(member: IndexedEntry): ByteStream;
}

/** Where the members are, in order: headers are read, contents are not. Throws as `readTar` does. */
export async function* scanTar(file: RandomAccess): AsyncGenerator<IndexedEntry, void> {
  const window = new Window(file);
  const globals: Globals = new Map();
  for (;;) {
    const next = nextHeader(window, globals);
    const member = next instanceof Promise ? await next : next;
    if (member === undefined) break;
    window.offset = member.dataOffset + padded(member.storedSize);
    if (window.offset > file.size) throw cutShort(member.entry);
    yield member;
  }
  await readTrailing(window);
}

/** The archive's members, kept in memory. Throws as `readTar` does. */
export async function indexTar(file: RandomAccess): Promise<TarIndex> {
  const members: IndexedEntry[] = [];
  const byPath = new Map<string, IndexedEntry>();
  for await (const member of scanTar(file)) {
    members.push(member);
    byPath.set(plain(member.entry.path), member);
  }
  return {
    members,
    find: (path) => byPath.get(plain(path)),
    open: (member) => expandSparse(member.entry, stored(file, member)),
  };
}

/** A path without what makes no difference. */
function plain(path: string): string {
  return path.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
}

async function* stored(file: RandomAccess, member: IndexedEntry): ByteStream {
  const { entry, dataOffset, storedSize } = member;
  let left = storedSize;
  for await (const chunk of file.read(dataOffset, dataOffset + storedSize)) {
    left -= chunk.length;
    yield chunk;
  }
  if (left !== 0) throw cutShort(entry);
}

/** So much is read at a time, for the headers of small members lie close together. */
const WINDOW_SIZE = 32 * 1024;

/** The bytes of a file from a place that can be moved. */
class Window implements Supply {
  /** Where the next bytes come from. */
  offset = 0;
  readonly #file: RandomAccess;
  readonly #buffer = Buffer.allocUnsafe(WINDOW_SIZE);
  #start = 0;
  #end = 0;

  constructor(file: RandomAccess) {
    this.#file = file;
  }

  whole(length: number): Uint8Array | undefined {
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
