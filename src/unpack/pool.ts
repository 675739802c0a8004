/** Keeps contents as files with numbers for names, until it is known where they belong. */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { NixociError, wrapError } from "../base/errors.ts";
import { Column } from "../flatten/tree/columns.ts";
import type { ContentStore } from "../flatten/types.ts";
import type { Extent } from "../tar/entry.ts";
import { quoteName } from "../tar/name.ts";
import type { TarMember } from "../tar/read.ts";
import { openIfNew } from "./new-names.ts";
import type { Places } from "./places.ts";

/** A store of contents on the disk. */
export interface ContentPool extends ContentStore {
  /** Takes the content of a node as `put` does: to its place in the tree, if it can be there now. */
  putAt(node: number, file: number, member: TarMember): Promise<void>;
  /** Has all contents that are at other places than those of their files moved into the pool. */
  settle(): void;
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
 * Creates a pool below `base`, for what has to wait until all layers are read and proved. What need not
 * goes to its place at once: a file, in folders that have just been made, so that no link in a lower
 * layer can lead anything astray.
 *
 * Calls of the system are not awaited: each of them takes less time than a promise, and the next
 * bytes are unpacked on another thread meanwhile.
 * @param maxSize the most bytes to take, holes left out.
 */
export function createPool(
  base: string,
  { places, maxSize = Infinity }: { readonly places?: Places; readonly maxSize?: number } = {},
): ContentPool {
  const shelves = new Set<number>();
  const mask = readModeMask(base);
  const times = new Column(Float64Array);
  let size = 0;
  const shelfOf = (file: number) => `${base}${file >>> SHELF_BITS}/${file}`;
  const reach = (file: number): string => {
    const shelf = file >>> SHELF_BITS;
    if (!shelves.has(shelf)) mkdirSync(`${base}${shelf}`, 0o700);
    shelves.add(shelf);
    return shelfOf(file);
  };
  const putAt = async (node: number, file: number, member: TarMember): Promise<void> => {
    const { entry, storedSize } = member;
    size += storedSize;
    if (size > maxSize) throw tooLargeError(entry.path, maxSize);
    try {
      const mode = entry.mode & 0o777;
      const time = secondsOf(entry.mtime);
      const fd = node === 0 ? undefined : places?.open(node, file, mode);
      await writeNew(fd ?? openNew(reach(file), mode), member, time);
      times.reserve(file);
      times.set(file, time);
    } catch (error) {
      // What the layer's bytes fail with is not ours to explain.
      if (error instanceof NixociError) throw error;
      throw wrapError(error, `Cannot write ${quoteName(entry.path)}`);
    }
  };
  return {
    pathOf: (file) => places?.pathOf(file) ?? shelfOf(file),
    modeOf: (mode) => mode & mask,
    timeOf: (file) => times.get(file),
    put: (file, member) => putAt(0, file, member),
    putAt,
    settle: () => places?.clear((path, file) => renameSync(path, reach(file))),
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

/** Opens a new file; what a layer says again replaces what it said before. */
function openNew(path: string, mode: number): number {
  const fd = openIfNew(path, mode);
  if (fd !== undefined) return fd;
  rmSync(path);
  return openSync(path, "wx", mode);
}

/** Converts a time for `futimes`, which knows none before 1970: those, who has the path sets later. */
function secondsOf(mtime: bigint): number {
  return mtime < 0n ? NaN : Number(mtime) / 1e9;
}

/** Writes a file with its time: by its path, once it is at its place, the system would have to find it again. */
async function writeNew(
  fd: number,
  { entry, storedSize, data }: TarMember,
  time: number,
): Promise<void> {
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
