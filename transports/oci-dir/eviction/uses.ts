/** Notes on files that they are used: their times say so, to other processes and after a restart. */
import { utimes } from "node:fs/promises";
import { isSystemError } from "../../../src/base/errors.ts";
import type { Content } from "../../../src/image/content.ts";
import { watchReaders } from "../../../src/image/watch-readers.ts";
import { FRESH } from "./evict.ts";

/** The uses of files, as far as this process uses them. */
export interface FileUses {
  /** Notes that a file is used; tells whether it is there. */
  touch(path: string): Promise<boolean>;
  /** Returns the content of a file, which is in use as long as somebody reads it. */
  watchContent(content: Content, path: string): Content;
  stop(): void;
}

/** In milliseconds: a file is touched no sooner again, and as often while it is being read. */
const HEARTBEAT = FRESH / 3;

// Files of which is known when they were last touched; of others, one touch is too many.
const MOST_TOUCHED = 100_000;

/** Makes what notes uses. */
export function createFileUses(): FileUses {
  const touched = new Map<string, number>();
  const reading = new Map<string, number>();
  const touch = async (path: string): Promise<boolean> => {
    const now = performance.now();
    if (now - (touched.get(path) ?? -HEARTBEAT) < HEARTBEAT) return true;
    if (touched.size >= MOST_TOUCHED) touched.clear();
    touched.set(path, now);
    try {
      const time = Date.now() / 1000;
      await utimes(path, time, time);
      return true;
    } catch (error) {
      touched.delete(path);
      return !isSystemError(error, "ENOENT"); // one that is another user's is used all the same
    }
  };
  const hold = (path: string): () => void => {
    reading.set(path, (reading.get(path) ?? 0) + 1);
    return () => {
      const left = reading.get(path)! - 1;
      if (left > 0) reading.set(path, left);
      else reading.delete(path);
    };
  };
  const timer = setInterval(() => {
    for (const path of reading.keys()) void touch(path);
  }, HEARTBEAT);
  timer.unref();
  return {
    touch,
    watchContent: (content, path) => watchReaders(content, () => hold(path)),
    stop: () => clearInterval(timer),
  };
}
