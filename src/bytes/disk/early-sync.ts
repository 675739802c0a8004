/** A large file on its way to the disk before it is whole. */
import type { FileHandle } from "node:fs/promises";

/** After so many bytes the disk begins with them, so that the last sync has little left to wait for. */
const EARLY = 8 * 1024 * 1024;

/** Syncs what is written of a large file while the rest is on its way. */
export function createEarlySync(
  handle: FileHandle,
): { wrote(bytes: number): void; end(): Promise<void> } {
  let bytes = 0;
  let syncing: Promise<void> | undefined;
  let isBusy = false;
  return {
    wrote(count) {
      bytes += count;
      if (bytes < EARLY || isBusy) return;
      bytes = 0;
      isBusy = true;
      // The system tells of a failed write once: of what this sync is told, the commit must hear.
      const before = syncing;
      syncing = handle.datasync().then(() => before).finally(() => isBusy = false);
      syncing.catch(() => {});
    },
    end: async () => await syncing,
  };
}
