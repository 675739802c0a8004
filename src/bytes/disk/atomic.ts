/** Writes files that appear whole or not at all: a temporary file beside them, fsync, rename, fsync of the folder. */
import { linkSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { useResources } from "../../base/dispose.ts";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { pourStream } from "../pour.ts";
import type { ByteStream, Shelf } from "../stream.ts";
import { type Batch, syncFolder } from "./durable/batch.ts";
import { createEarlySync } from "./durable/early-sync.ts";
import { createFileWriter, createShelf } from "./file-writer.ts";
import { type OpenFile, openFile, readFile } from "./file.ts";
import { openRawFile, type RawFile } from "./raw-file.ts";
import { makeTemporaryName } from "./owner.ts";
import { sweepBeside } from "./sweep.ts";
import { resolveTarget } from "./target.ts";

export { type Batch, createBatch } from "./durable/batch.ts";
export { sweepBeside, sweepFolder } from "./sweep.ts";

/** A file that is being written under a temporary name. */
export interface AtomicFile extends AsyncDisposable {
  /** The path at which it will appear. */
  readonly path: string;
  /**
   * Appends. When it resolves the buffer is the caller's again, although the bytes may not have
   * reached the file; await it before the next call.
   * @throws NixociError `IO`, also for bytes of earlier calls.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Appends a whole stream, in the fastest way that it has; to a file in which nothing is yet, its
   * parts may come beside each other.
   * @throws what the stream throws; as `write` does.
   */
  writeStream(stream: ByteStream): Promise<void>;
  /** Writes at a position, past the end too; `write` goes on where `write` stopped. */
  writeAt(bytes: Uint8Array, position: number): Promise<void>;
  /**
   * Makes the file durable and visible, in this order; nothing can be written afterwards. When it
   * fails, no file is left.
   * @throws NixociError `IO`; `EXISTS` when it is exclusive and the path is taken.
   */
  commit(): Promise<void>;
  /** Removes what was written, unless it is committed. Disposing does the same. */
  discard(): Promise<void>;
}

/** Options of an atomic file. */
export interface AtomicOptions {
  /** Fail with `EXISTS` instead of replacing an existing file. */
  readonly exclusive?: boolean;
  /** Permission bits before the umask; 0o666 by default. */
  readonly mode?: number;
  /** Replace the file that a symbolic link leads to; without it, a link is refused (`UNSAFE`). */
  readonly follow?: boolean;
  /** The way to the file's folder, with a slash at its end, where it is not the path's own. */
  readonly through?: string;
  /** Let `commit()` return early; the file is durable and visible when the batch is flushed. */
  readonly batch?: Batch;
}

/**
 * Opens a file that appears at `path` when it is committed.
 * @throws NixociError `IO` or `NOT_FOUND` when the folder cannot be written, `UNSUPPORTED` when the
 * path names a directory, device or FIFO, `UNSAFE` when it names a symbolic link.
 */
export async function openAtomicFile(
  path: string,
  options: AtomicOptions = {},
): Promise<AtomicFile> {
  const place = options.through === undefined ? path : options.through + basename(path);
  const target = await resolveTarget(place, options.follow ?? false);
  const temporary = join(dirname(target), makeTemporaryName());
  const file = openTemporary(temporary, `Cannot write ${path}`, options.mode);
  return writeTemporary(file, { path, target, temporary }, options);
}

/** Writes a small file atomically; what killed processes left beside it goes. */
export async function writeAtomicFile(
  path: string,
  bytes: Uint8Array | string,
  options?: AtomicOptions,
): Promise<void> {
  await sweepBeside(path);
  await useResources(async (hold) => {
    const file = hold(await openAtomicFile(path, options));
    await file.write(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    await file.commit();
  });
}

/** The user's path of a file, the path that it leads to, and the temporary one. */
interface AtomicPaths {
  readonly path: string;
  readonly target: string;
  readonly temporary: string;
}

/** A file under a temporary name, whose own is known only when all of it is there. */
export interface UnnamedFile extends AsyncDisposable {
  /** Appends, as {@link AtomicFile.write} does. */
  write(bytes: Uint8Array): Promise<void>;
  /** Reads what has been written by now. */
  read(): ByteStream;
  /** Waits until all that was written can be read. */
  settle(): Promise<void>;
  /** Opens it to be read while it is written; it stays open when it has got its name. */
  openReader(): Promise<OpenFile>;
  /**
   * Makes it the durable, visible file of this path, in the same file system; replaces another. When
   * it fails, no file is left.
   */
  commitAs(path: string): Promise<void>;
}

/**
 * Opens a file that gets its name when it is committed; disposing of it before leaves nothing.
 * @param folder the existing folder that it waits in.
 * @throws NixociError `IO` or `NOT_FOUND` when nothing can be written there.
 */
export async function openUnnamedFile(
  folder: string,
  options: Pick<AtomicOptions, "batch"> = {},
): Promise<UnnamedFile> {
  const temporary = join(folder, makeTemporaryName());
  const names = { path: folder, target: temporary, temporary };
  const file = openTemporary(temporary, `Cannot write to ${folder}`);
  const { write, writeAt, commit, discard } = writeTemporary(file, names, options);
  const settle = () => writeAt(new Uint8Array(), 0); // after all that waits to be written
  return {
    write,
    async *read() {
      await settle();
      yield* readFile(temporary);
    },
    settle,
    openReader: () => openFile(temporary),
    async commitAs(path) {
      names.target = await resolveTarget(path, false);
      names.path = path;
      await commit();
    },
    [Symbol.asyncDispose]: discard,
  };
}

function openTemporary(path: string, failure: string, mode = 0o666): RawFile {
  try {
    return openRawFile(path, "wx+", mode);
  } catch (error) {
    throw wrapError(error, failure);
  }
}

function writeTemporary(
  temporary: RawFile,
  names: AtomicPaths,
  options: AtomicOptions,
): AtomicFile {
  const writer = createFileWriter(temporary);
  const early = createEarlySync(temporary);
  let open = true;
  let size = 0; // of what was appended
  const remove = async () => {
    await early.end().catch(() => {});
    temporary.close();
    rmSync(names.temporary, { force: true });
  };
  const discard = async () => {
    if (!open) return;
    open = false;
    await remove();
  };
  const doing = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      await discard();
      throw wrapError(error, `Cannot write ${names.path}`);
    }
  };
  const doingNow = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      throw wrapError(error, `Cannot write ${names.path}`);
    }
  };
  const shelf = createShelf(temporary);
  const note = (bytes: Uint8Array): void => {
    size += bytes.length;
    early.noteWritten(bytes.length);
  };
  const write = (bytes: Uint8Array): Promise<void> => {
    note(bytes);
    return doing(() => writer.write(bytes));
  };
  const writeNow = (bytes: Uint8Array): void => {
    const isShelved = shelf.has(bytes, size);
    note(bytes);
    doingNow(() => isShelved ? writer.skipNow(bytes.length) : writer.writeNow(bytes));
  };
  const ownShelf: Shelf = {
    path: names.temporary,
    keep: (bytes, position) => doingNow(() => shelf.keep(bytes, position)),
    fetch: (into, position) => doingNow(() => shelf.fetch(into, position)),
  };
  return {
    path: names.path,
    write,
    async writeStream(stream) {
      await doing(() => writer.drain());
      const pours = stream.pour !== undefined;
      await pourStream(stream, pours ? writeNow : write, size === 0 ? ownShelf : undefined);
      if (pours) doingNow(writer.flushNow);
    },
    writeAt(bytes, position) {
      note(bytes);
      return doing(() => writer.writeAt(bytes, position));
    },
    async commit() {
      await doing(async () => {
        await writer.drain();
        await early.end();
      });
      open = false;
      const publish = () => publishFile(temporary, names, options.exclusive ?? false);
      const folder = dirname(names.target);
      if (options.batch === undefined) {
        await publish();
        await syncFolder(folder);
        return;
      }
      await options.batch.add(folder, publish).catch(async (error) => {
        await remove();
        throw error;
      });
    },
    discard,
    [Symbol.asyncDispose]: discard,
  };
}

async function publishFile(
  file: RawFile,
  names: AtomicPaths,
  exclusive: boolean,
): Promise<void> {
  try {
    try {
      // This syncs the size and the position of the data, but not the times.
      await file.datasync();
    } finally {
      file.close();
    }
    if (exclusive) renameToNew(names.temporary, names.target);
    else renameSync(names.temporary, names.target);
  } catch (error) {
    rmSync(names.temporary, { force: true });
    if (isSystemError(error, "EEXIST")) {
      throw new NixociError("EXISTS", `Cannot write ${names.path}: it is there already`);
    }
    throw wrapError(error, `Cannot write ${names.path}`);
  }
}

/** Renames without replacing anything: it adds the second name, then removes the first. */
function renameToNew(from: string, to: string): void {
  linkSync(from, to);
  unlinkSync(from);
}
