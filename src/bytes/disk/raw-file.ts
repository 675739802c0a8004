/**
 * Files that are opened and closed by this thread: of a hundred blobs that takes less time than to ask
 * another thread for it. What may wait for the disk is another's.
 */
import { closeSync, fdatasync, openSync, read as readFile, write as writeFile } from "node:fs";

/** An open file, as far as a writer needs it. */
export interface WritableFile {
  readonly fd: number;
  /** Writes bytes at a position, or the first of them, and tells how many. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** A file, open. What it has of Node's `FileHandle` is called as there. */
export interface RawFile extends WritableFile {
  /** Reads bytes from a position, and tells how many came: none at the end. */
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** Makes what was written durable, with size and place but without times. */
  datasync(): Promise<void>;
  /** Closes it, once nothing is being read, written or synced any more; nothing if it is closed. */
  close(): void;
}

/** The last thing that a call of Node's does. */
type CallEnd<T> = (error: Error | null, result?: T) => void;

/**
 * Opens a file.
 * @param flags as `openSync` takes them.
 * @param mode the permission bits of a new file, before the umask.
 * @throws the system's error.
 */
export function openRawFile(path: string | Buffer, flags: string | number, mode?: number): RawFile {
  let fd = openSync(path, flags, mode);
  let users = 0;
  let isOver = false;
  const closeIfUnused = (): void => {
    if (!isOver || users > 0 || fd === CLOSED) return;
    const last = fd;
    fd = CLOSED; // the next file may get the same number
    closeSync(last);
  };
  const use = <T>(call: (done: CallEnd<T>) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      call((error, result) => {
        users--;
        try {
          closeIfUnused();
        } catch (failure) {
          error ??= failure as Error; // that of the call says more
        }
        if (error) reject(error);
        else resolve(result!);
      });
      users++; // it has not thrown
    });
  return {
    get fd() {
      return fd;
    },
    read: (into, offset, length, position) =>
      use((done) =>
        readFile(
          fd,
          into,
          offset,
          length,
          position,
          (error, bytesRead) => done(error, { bytesRead }),
        )
      ),
    write: (bytes, offset, length, position) =>
      use((done) =>
        writeFile(
          fd,
          bytes,
          offset,
          length,
          position,
          (error, bytesWritten) => done(error, { bytesWritten }),
        )
      ),
    datasync: () => use((done: CallEnd<void>) => fdatasync(fd, done)),
    close() {
      isOver = true;
      closeIfUnused();
    },
  };
}

/** No number of a file: whatever is called with it fails. */
const CLOSED = -1;
