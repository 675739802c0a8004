/** Puts one blob into a sink in the cheapest way: it is mounted, or found there, or its bytes move. */
import { wrapError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { BlobKind, ImageBlob } from "../image/root.ts";
import type { Lacking, Sink } from "../image/sink.ts";
import type { Arrival } from "./arrivals.ts";
import type { BlobTurns } from "./turns.ts";
import { watchBlob, type Watcher } from "./watch.ts";

/** The options of putting blobs. */
export interface PutterOptions {
  readonly turns: BlobTurns;
  readonly watcher: Watcher & { readonly signal: AbortSignal };
  /** The repository that the content is in, for sinks that can mount from it. */
  readonly from?: string;
  readonly dryRun?: boolean;
}

/** Puts a blob as one of that kind; returns how it came to be there, or what the sink lacks. */
export type BlobPutter = (blob: ImageBlob, kind: BlobKind) => Promise<Arrival | Lacking>;

/** Creates what puts blobs into the sink. */
export function createBlobPutter(to: Sink, options: PutterOptions): BlobPutter {
  const { turns, watcher, from, dryRun } = options;
  const { signal } = watcher;
  const mounts = from !== undefined && !dryRun ? createMounts(to, from) : undefined;
  const putBytes = (blob: ImageBlob, kind: BlobKind) =>
    turns.move(async () => {
      signal.throwIfAborted();
      return await to.put(watchBlob(blob, watcher, kind)) ?? "moved";
    });
  return async (blob, kind) => {
    signal.throwIfAborted();
    const { descriptor, isPackedHere } = blob.content;
    const mount = kind === "manifest" ? undefined : mounts;
    const wasTried = mount?.comeFirst() ?? false;
    if (wasTried && await mount?.take(descriptor)) return "mounted";
    if (await isBlobThere(to, descriptor)) return "exists";
    if (dryRun) return "moved";
    if (!wasTried && await mount?.take(descriptor)) return "mounted";
    if (kind !== "manifest") await to.expect?.(descriptor);
    return await (isPackedHere ? turns.pack(() => putBytes(blob, kind)) : putBytes(blob, kind));
  };
}

/** Tells whether the sink has it. @throws that this is what was being done. */
export async function isBlobThere(to: Sink, descriptor: Descriptor): Promise<boolean> {
  try {
    return await to.has(descriptor);
  } catch (error) {
    throw wrapError(error, "looking for it at the destination");
  }
}

/**
 * Creates what mounts blobs. What is there can be mounted, too: it is asked for only where a mount has not
 * been granted.
 */
function createMounts(to: Sink, from: string) {
  let comesFirst = to.traits.mountsUnasked === true;
  return {
    comeFirst: (): boolean => comesFirst,
    async take(descriptor: Descriptor): Promise<boolean> {
      const isMounted = await to.mount?.(descriptor, from) ?? false;
      comesFirst &&= isMounted;
      return isMounted;
    },
  };
}
