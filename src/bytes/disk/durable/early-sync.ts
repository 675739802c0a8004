/** Sends a large file to the disk before it is whole. */
import type { RawFile } from "../raw-file.ts";

/** The number of bytes after which a sync begins, so that the last one has little to wait for. */
const EARLY = 8 * 1024 * 1024;

/** Makes a value that syncs what is written of a large file while the rest is still to come. */
export function createEarlySync(
  file: RawFile,
): { noteWritten(bytes: number): void; end(): Promise<void> } {
  let bytes = 0;
  let syncing: Promise<void> | undefined;
  let isBusy = false;
  return {
    noteWritten(count) {
      bytes += count;
      if (bytes < EARLY || isBusy) return;
      bytes = 0;
      isBusy = true;
      // The system reports a failed write once only: if this sync gets it, the commit must too.
      const before = syncing;
      syncing = file.datasync().then(() => before).finally(() => isBusy = false);
      syncing.catch(() => {});
    },
    end: async () => await syncing,
  };
}
