/** Changes of a layout's index: one after the other in this process, and under a lock among all of ours. */
import { join } from "node:path";
import { writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { type LockOptions, withLock } from "../../../src/bytes/disk/process-lock.ts";
import type { IndexJson } from "../../../src/image/documents/schemas.ts";
import { encodeJson } from "../../../src/image/json.ts";
import { encodeIndex, INDEX_FILE } from "../../lib/layout.ts";
import { LOCK } from "../begun.ts";
import { readLayoutIndex } from "../read.ts";

/** Changes the index; tells whether that made a difference. */
export type EditIndex = (
  change: (index: IndexJson) => IndexJson | Promise<IndexJson>,
) => Promise<boolean>;

/** Makes what changes a layout's index. Those who ask at a time do not fight for the lock. */
export function createIndexEditor(path: string, options: LockOptions = {}): EditIndex {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const edited = last.then(() =>
      withLock(join(path, LOCK), async () => {
        const before = await readLayoutIndex(path);
        const after = await change(before);
        if (encodeJson(after).equals(encodeJson(before))) return false;
        await writeAtomicFile(join(path, INDEX_FILE), encodeIndex(after));
        return true;
      }, options)
    );
    last = edited.catch(() => {});
    return edited;
  };
}
