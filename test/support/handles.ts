/** Watches files that are opened as FileHandles: each must be closed, or Node closes it with an error. */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { setTimeout } from "node:timers/promises";

/** The most that work which was cancelled may take to let go, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Begins to watch. Only Node lets its modules be changed; elsewhere nothing is watched.
 * @returns a function that waits until all handles are closed, and says where those were opened that
 * stay open.
 */
export function watchHandles(): () => Promise<string[]> {
  const opened = new Map<fs.FileHandle, string>();
  if ("Deno" in globalThis) return () => Promise.resolve([]);
  const { open } = fs;
  fs.open = async (...args) => {
    const place = new Error(`opened and not closed: ${String(args[0])}`);
    const handle = await open(...args);
    for (const [other] of opened) if (other.fd === -1) opened.delete(other);
    opened.set(handle, place.stack!);
    return handle;
  };
  syncBuiltinESMExports();
  return async () => {
    const end = performance.now() + PATIENCE;
    const listOpen = () => [...opened].filter(([{ fd }]) => fd !== -1);
    while (listOpen().length > 0 && performance.now() < end) await setTimeout(10);
    const left = listOpen().map(([, place]) => place);
    opened.clear();
    return left;
  };
}
