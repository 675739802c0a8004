/** Keeps contents as files with numbers for names, until it is known where they belong. */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { isSystemError, NixociError, wrapError } from "../base/errors.ts";
import { Column } from "../flatten/tree/columns.ts";
import type { ContentStore } from "../flatten/types.ts";
import type { Extent } from "../tar/entry.ts";
import { quoteName } from "../tar/name.ts";
import type { TarMember } from "../tar/read.ts";

/** A store of contents on the disk. */
export interface ContentPool extends ContentStore {
  /** Returns the path of the content with this number: a file, holes kept. */
  pathOf(file: number): string;
  /**
   * Returns the mode that a content has if its header has this one: the umask has taken bits away.
   */
  modeOf(mode: number): number;
  /** Returns the time of a content that is there, in seconds since 1970; `NaN` where it has the present. */
  timeOf(file: number): number;
}

/**
 * The number of contents in one directory, as bits: so few that a file system looks through one block of
 * names for each. With 4,096 in one, unpacking took a twelfth longer.
 */
const SHELF_BITS = 6;

/**
 * Creates a pool below `base`. No name of an image reaches the file system before all layers are
 * read and proved, so that no link in a lower layer can lead anything astray.
 *
 * Calls of the system are not awaited: each of them takes less time than a promise, and the next
 * bytes are unpacked on another thread meanwhile.
 * @param maxSize the most bytes to take, holes left out.
 */
export function createPool(base: string, maxSize: number = Infinity): ContentPool {
  const shelves = new Set<number>();
  const mask = readModeMask(base);
  const times = new Column(Float64Array);
  let size = 0;
  const pathOf = (file: number) => `${base}${file >>> SHELF_BITS}/${file}`;
  return {
    pathOf,
    modeOf: (mode) => mode & mask,
    timeOf: (file) => times.get(file),
    async put(file, member) {
      const { entry, storedSize } = member;
      size += storedSize;
      if (size > maxSize) throw tooLargeError(entry.path, maxSize);
      const shelf = file >>> SHELF_BITS;
      try {
        if (!shelves.has(shelf)) mkdirSync(`${base}${shelf}`, 0o700);
        shelves.add(shelf);
        const time = secondsOf(entry.mtime);
        await writeNew(pathOf(file), member, time);
        times.reserve(file);
        times.set(file, time);
      } catch (error) {
        // What the layer's bytes fail with is not ours to explain.
        if (error instanceof NixociError) throw error;
        throw wrapError(error, `Cannot write ${quoteName(entry.path)}`);
      }
    },
  };
}

/** Reads the bits that the umask leaves, or a default ACL, by trying: Node cannot look at ACLs. */
function readModeMask(base: string): number {
  const probe = `${base}nixoci-mode`;
  const fd = openNew(probe, 0o777);
  try {
    return fstatSync(fd).mode & 0o777;
  } finally {
    closeSync(fd);
    rmSync(probe);
  }
}

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL |
  (constants.O_NOFOLLOW ?? 0);

/** Opens a new file; what a layer says again replaces what it said before. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, NEW, mode);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
    rmSync(path);
    return openSync(path, NEW, mode);
  }
}

/** Converts a time for `futimes`, which knows none before 1970: those, who has the path sets later. */
function secondsOf(mtime: bigint): number {
  return mtime < 0n ? NaN : Number(mtime) / 1e9;
}

/** Writes a file with its time: by its path, once it is at its place, the system would have to find it again. */
async function writeNew(
  path: string,
  { entry, storedSize, data }: TarMember,
  time: number,
): Promise<void> {
  const fd = openNew(path, entry.mode & 0o777);
  try {
    if (storedSize > 0) {
      const write = entry.sparse === undefined
        ? createAppender(fd)
        : createScatterer(fd, entry.sparse);
      const whole = data.whole?.();
      if (whole !== undefined) write(whole);
      else for await (const chunk of data) write(chunk);
    }
    if (entry.sparse !== undefined) ftruncateSync(fd, entry.size);
    if (!Number.isNaN(time)) futimesSync(fd, time, time);
  } finally {
    closeSync(fd);
  }
}

function createAppender(fd: number): (chunk: Uint8Array) => void {
  return (chunk) => {
    for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at, chunk.length - at);
  };
}

/** Writes stored bytes to where the extents say. */
function createScatterer(fd: number, extents: readonly Extent[]): (chunk: Uint8Array) => void {
  let next = 0;
  let done = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      while (extents[next]!.size === done) {
        next++;
        done = 0;
      }
      const { offset, size } = extents[next]!;
      const wanted = Math.min(size - done, chunk.length - at);
      const written = writeSync(fd, chunk, at, wanted, offset + done);
      at += written;
      done += written;
    }
  };
}

function tooLargeError(path: string, maxSize: number): NixociError {
  return new NixociError(
    "LIMIT",
    `with ${quoteName(path)} it has more than the ${maxSize} bytes allowed`,
    { hint: "raise --max-size if you trust the image" },
  );
}
