/**
 * New files, which are opened, closed and named by this thread: of a hundred blobs, each of these takes
 * less time than to ask another thread for it. Only a sync waits for the disk.
 */
import { closeSync, fdatasync, openSync, write as writeFile } from "node:fs";
import type { WritableFile } from "./file-writer.ts";

/** A new file, open. */
export interface NewFile extends WritableFile {
  /** Makes what was written durable, with size and place but without times. */
  datasync(): Promise<void>;
  /** Closes it, once nothing is being written or synced any more; does nothing if it is closed. */
  close(): void;
}

/**
 * Opens a file that is not there yet.
 * @param mode its permission bits before the umask.
 * @throws the system's error.
 */
export function openNewFile(path: string, mode: number): NewFile {
  let fd = openSync(path, "wx+", mode);
  let users = 0;
  let isOver = false;
  const closeIfUnused = (): void => {
    if (!isOver || users > 0 || fd === CLOSED) return;
    const last = fd;
    fd = CLOSED; // the next file may get the same number
    closeSync(last);
  };
  /** Runs a call of Node's that says when it is done. */
  const use = <T>(call: (done: (error: Error | null, result?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      users++;
      call((error, result) => {
        users--;
        if (error) reject(error);
        else resolve(result!);
        closeIfUnused();
      });
    });
  return {
    get fd() {
      return fd;
    },
    write: async (bytes, offset, length, position) => ({
      bytesWritten: await use<number>((done) =>
        writeFile(fd, bytes, offset, length, position, done)
      ),
    }),
    datasync: () => use<void>((done) => fdatasync(fd, done)),
    close() {
      isOver = true;
      closeIfUnused();
    },
  };
}

/** No number of a file: whatever is called with it fails. */
const CLOSED = -1;
