/** Contents as files with numbers for names, until it is known where they belong. */
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { during, NixociError } from "../errors.ts";
import type { ContentStore } from "../flatten/types.ts";
import type { Extent } from "../tar/entry.ts";
import { quoteName } from "../tar/name.ts";
import type { TarMember } from "../tar/read.ts";

/** A store of contents on the disk. */
export interface Pool extends ContentStore {
  /** Where the content with this number is: a file of mode 0600, holes kept. */
  pathOf(file: number): string;
}

/** How many contents lie in one directory. */
const SHELF_BITS = 12;

/**
 * A pool below `base`. No name that an image has said reaches the file system before all layers are
 * read and proved, so that there is nothing that a link in a lower layer could lead astray.
 *
 * Calls of the system are not awaited: each of them takes less time than a promise, and the next
 * bytes are unpacked on another thread meanwhile.
 * @param maxSize how many bytes to take at most, holes left out.
 */
export function pool(base: string, maxSize: number = Infinity): Pool {
  const shelves = new Set<number>();
  let size = 0;
  const pathOf = (file: number) => `${base}${file >>> SHELF_BITS}/${file}`;
  return {
    pathOf,
    async put(file, member) {
      const { entry, storedSize } = member;
      size += storedSize;
      if (size > maxSize) throw tooLarge(entry.path, maxSize);
      const shelf = file >>> SHELF_BITS;
      try {
        if (!shelves.has(shelf)) mkdirSync(`${base}${shelf}`, 0o700);
        shelves.add(shelf);
        await writeAnew(pathOf(file), member);
      } catch (error) {
        // What the layer's bytes fail with is not ours to explain.
        if (error instanceof NixociError) throw error;
        throw during(error, `Cannot write ${quoteName(entry.path)}`);
      }
    },
  };
}

const ANEW = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC |
  (constants.O_NOFOLLOW ?? 0);

async function writeAnew(path: string, { entry, storedSize, data }: TarMember): Promise<void> {
  const fd = openSync(path, ANEW, 0o600);
  try {
    if (storedSize > 0) {
      const write = entry.sparse === undefined ? appender(fd) : scatterer(fd, entry.sparse);
      for await (const chunk of data) write(chunk);
    }
    if (entry.sparse !== undefined) ftruncateSync(fd, entry.size);
  } finally {
    closeSync(fd);
  }
}

function appender(fd: number): (chunk: Uint8Array) => void {
  return (chunk) => {
    for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at, chunk.length - at);
  };
}

/** Writes stored bytes to where the extents say. */
function scatterer(fd: number, extents: readonly Extent[]): (chunk: Uint8Array) => void {
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

function tooLarge(path: string, maxSize: number): NixociError {
  return new NixociError(
    "LIMIT",
    `with ${quoteName(path)} it has more than the ${maxSize} bytes allowed`,
    { hint: "raise --max-size if you trust the image" },
  );
}
