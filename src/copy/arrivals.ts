/** Counts how blobs came to be at the destination, each once. */
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { BlobKind } from "../image/root.ts";
import type { CopyEvent } from "./events.ts";

/** The way in which a blob came to be there. */
export type Arrival = "moved" | "exists" | "mounted";

/** Counts of blobs, but no manifests, by the way they went, and the bytes that moved. */
export interface Totals {
  readonly blobs: Readonly<Record<Arrival, number>>;
  readonly bytes: number;
}

/** Notes the way of each blob, and says it. */
export interface Arrivals {
  note(kind: BlobKind, descriptor: Descriptor, how: Arrival): void;
  totals(): Totals;
}

/** Creates a count of what has arrived: nothing yet. */
export function createArrivals(onEvent?: (event: CopyEvent) => void): Arrivals {
  const ways = new Map<Digest, { readonly kind: BlobKind; readonly how: Arrival }>();
  let bytes = 0;
  return {
    note(kind, descriptor, how) {
      const { digest, size } = descriptor;
      if (how !== "moved" && ways.has(digest)) return; // it was looked for again, and is there
      ways.set(digest, { kind, how });
      if (how === "moved" && kind !== "manifest") bytes += size;
      onEvent?.({ type: "done", kind, descriptor, how });
    },
    totals() {
      const blobs = { moved: 0, exists: 0, mounted: 0 };
      for (const { kind, how } of ways.values()) if (kind !== "manifest") blobs[how]++;
      return { blobs, bytes };
    },
  };
}
