/**
 * Temporary files without a name, for bytes that must be stored before their digest is known.
 * A file has no name, or is unlinked as soon as it is open, so that a killed process leaves nothing behind.
 */
import { constants, type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { readFullyNow } from "../../bytes/disk/file.ts";
import { createFileWriter } from "../../bytes/disk/file-writer.ts";
import { createYielder } from "../../bytes/flow/yielder.ts";
import { lendBuffer, returnBuffer } from "../../bytes/pool.ts";
import type { RandomAccess } from "../../bytes/disk/random-access.ts";
import { CHUNK_SIZE } from "../../bytes/stream.ts";

/**
 * A file without a name: written once from the start, then read at any place, by many readers at a
 * time. Disposing of it frees its space early.
 */
export interface ScratchFile extends RandomAccess, AsyncDisposable {
  /** Appends the bytes; when it resolves, the caller may use the buffer again. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A maker of scratch files, which disposes of them all at once. */
export interface Scratch extends AsyncDisposable {
  file(): Promise<ScratchFile>;
}

/**
 * Creates scratch whose files are in a folder, `$TMPDIR` by default.
 * @example
 * ```ts
 * import { createScratch } from "nixoci";
 * await using files = createScratch();
 * const file = await files.file();
 * await file.write(new TextEncoder().encode("hello"));
 * for await (const chunk of file.read(1, 3)) console.log(Buffer.from(chunk).toString()); // el
 * ```
 */
export function createScratch(folder: string = tmpdir()): Scratch {
  const handles: Promise<FileHandle>[] = [];
  return {
    async file() {
      const opening = openNameless(folder);
      handles.push(opening); // one that is still being opened is closed, too
      return createScratchFile(await opening, folder);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(handles.splice(0).map(async (handle) => (await handle).close()));
    },
  };
}

// Linux makes a file that never has a name, so that not even a kill at once leaves one.
const TMPFILE = process.platform === "linux" ? 0o20000000 | constants.O_DIRECTORY : undefined;

async function openNameless(folder: string): Promise<FileHandle> {
  if (TMPFILE !== undefined) {
    try {
      return await open(folder, constants.O_RDWR | TMPFILE, 0o600);
    } catch { // not every file system can; what is wrong with the folder shows again
    }
  }
  return await openUnlinked(folder);
}

async function openUnlinked(folder: string): Promise<FileHandle> {
  try {
    const home = await mkdtemp(join(folder, "nixoci-"));
    try {
      return await open(join(home, "scratch"), "wx+", 0o600);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  } catch (error) {
    throw createScratchError(error, `Cannot make a temporary file in ${folder}`);
  }
}

function createScratchFile(handle: FileHandle, folder: string): ScratchFile {
  const writer = createFileWriter(handle);
  let size = 0;
  let drained: Promise<void> | undefined;
  const turn = createYielder(); // signals are heard, however long somebody reads
  const writing = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw createScratchError(error, `Cannot write a temporary file in ${folder}`);
    }
  };
  const readAt = async (into: Uint8Array, position: number): Promise<number> => {
    // What was written may still be on its way; all readers wait for it together.
    await (drained ??= writing(() => writer.drain()));
    const waiting = turn();
    if (waiting !== undefined) await waiting;
    // Most of it was written a moment ago, and is in the system's memory.
    return readFullyNow(handle.fd, into, position);
  };
  return {
    get size() {
      return size;
    },
    async write(bytes) {
      drained = undefined;
      size += bytes.length;
      await writing(() => writer.write(bytes));
    },
    readAt,
    async *read(start = 0, end = size) {
      const buffer = lendBuffer(CHUNK_SIZE);
      try {
        for (let at = start; at < end;) {
          const chunk = buffer.subarray(0, Math.min(CHUNK_SIZE, end - at));
          const filled = await readAt(chunk, at);
          if (filled === 0) return;
          at += filled;
          yield chunk.subarray(0, filled);
        }
      } finally {
        returnBuffer(buffer);
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

/** Creates the error; on a full disk the advice is another than where results are written. */
function createScratchError(error: unknown, doing: string): NixociError {
  const failed = wrapError(error, doing);
  if (!isSystemError(error, "ENOSPC", "EDQUOT")) return failed;
  const hint = "free some space there, or set TMPDIR to another folder";
  return new NixociError(failed.code, failed.message, { cause: error, hint });
}
