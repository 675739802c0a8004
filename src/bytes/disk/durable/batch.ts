/** Lets the fsyncs of many commits overlap with one another and with other work. */
import { open } from "node:fs/promises";
import { isSystemError, wrapError } from "../../../base/errors.ts";

/** A batch of files that are committed now, and durable and visible once the batch is flushed. */
export interface Batch extends AsyncDisposable {
  /**
   * Takes the last part of a commit, which makes one file in `folder` durable and visible. It runs in
   * the background; the promise resolves at once, unless the disk is far behind.
   * @throws the error of an earlier commit.
   */
  add(folder: string, publish: () => Promise<void>): Promise<void>;
  /** Waits until every committed file is visible; throws the first failure. */
  settle(): Promise<void>;
  /** Waits until every committed file is durable and visible; throws the first failure. */
  flush(): Promise<void>;
}

/** The number of files synced at a time: half of libuv's threads, so that others can work, too. */
const LANES = 2;

/** The number of files that may wait in a lane, each of them open. */
const LONGEST = 16;

/** Makes an empty batch. Disposing of it waits as `flush()` does, but throws no failure. */
export function createBatch(): Batch {
  const lanes = Array.from({ length: LANES }, () => ({ tail: Promise.resolve(), waiting: 0 }));
  const folders = new Set<string>();
  let failure: { error: unknown } | undefined;
  let turn = 0;

  const settled = async () => void await Promise.all(lanes.map((lane) => lane.tail));
  const failed = () => {
    if (failure !== undefined) throw failure.error;
  };

  return {
    async add(folder, publish) {
      failed();
      folders.add(folder);
      const lane = lanes[turn++ % LANES]!;
      if (lane.waiting >= LONGEST) await lane.tail;
      lane.waiting++;
      lane.tail = lane.tail.then(publish).catch((error) => {
        failure ??= { error };
      }).finally(() => lane.waiting--);
    },
    async settle() {
      await settled();
      failed();
    },
    async flush() {
      await settled();
      for (const folder of folders) await syncFolder(folder);
      folders.clear();
      failed();
    },
    [Symbol.asyncDispose]: settled,
  };
}

/** Makes the names in a folder durable, where the system allows it: Windows does not. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isSystemError(error, "EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP")) return;
    throw wrapError(error, `Cannot sync ${folder}`);
  }
}
