/** A layout's index as it is now: read again when it has changed, and only then. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError, wrapError } from "../../../src/base/errors.ts";
import { stampOf } from "../../../src/bytes/disk/stamp.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import type { IndexJson } from "../../../src/image/documents/schemas.ts";
import { createLayoutReferrers } from "../../lib/layout-referrers.ts";
import { createEmptyIndex, INDEX_FILE } from "../../lib/layout.ts";
import { isPathThere } from "../begun.ts";
import { fetchFrom, fileOf, readLayoutIndex } from "../read.ts";

/** The index of a layout, and the lists in it, as they are now. */
export interface LayoutView {
  readIndex(): Promise<IndexJson>;
  /** Lists what refers to a manifest and is there. */
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;
}

interface KnownIndex {
  readonly index: IndexJson;
  readonly referrers: ReturnType<typeof createLayoutReferrers>;
}

/** Makes the view of a layout, which may not be there yet: then it holds nothing. */
export function createLayoutView(path: string): LayoutView {
  let known: { readonly stamp: string; readonly of: KnownIndex } | undefined;
  const read = async (): Promise<KnownIndex> => {
    const stamp = await readStamp(join(path, INDEX_FILE));
    if (stamp?.lasts && stamp.text === known?.stamp) return known.of;
    const index = stamp === undefined ? createEmptyIndex() : await readLayoutIndex(path);
    const of = { index, referrers: createLayoutReferrers(index, fetchFrom(path, {})) };
    known = stamp && { stamp: stamp.text, of };
    return of;
  };
  return {
    readIndex: async () => (await read()).index,
    async listReferrers(subject) {
      const found = await (await read()).referrers.listReferrers(subject);
      return found.map(({ descriptor }) => descriptor)
        .filter(({ digest }) => isPathThere(fileOf(path, digest, {})));
    },
  };
}

async function readStamp(file: string) {
  try {
    return stampOf(await stat(file, { bigint: true }));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw wrapError(error, `Cannot read ${file}`);
  }
}
