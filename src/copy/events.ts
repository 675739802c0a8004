/** The events of a running copy: data for the progress display and for programs. */
import type { Notice } from "../base/notices.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { BlobKind } from "../image/root.ts";

export type { BlobKind };

/** Something that happens in a copy, told apart by `type`; sizes are in bytes. */
export type CopyEvent =
  /**
   * A step reads so many bytes of this to make something else of it (compression); all of them when
   * it is done. At most a few times a second for each.
   */
  | { readonly type: "making"; readonly descriptor: Descriptor; readonly bytes: number }
  /**
   * So many bytes are written of a layer that is made in its place, 0 when it begins: one after the other.
   * What it is called shows when all have come, with its `done`. At most a few times a second.
   */
  | { readonly type: "writing"; readonly bytes: number }
  /**
   * All blobs that the copy will look at, once they are known. Before that only those move, and are
   * there, that are made at the destination or on the way to it.
   */
  | { readonly type: "plan"; readonly blobs: readonly PlannedBlob[] }
  /** Bytes of this blob begin to move. */
  | { readonly type: "start"; readonly kind: BlobKind; readonly descriptor: Descriptor }
  /** So many bytes of it have moved in all; at most a few times a second for each blob. */
  | { readonly type: "progress"; readonly descriptor: Descriptor; readonly bytes: number }
  /**
   * It is there: moved now, there before, or mounted from another repository. What is made in its place
   * has no name before, so that this is the first that is heard of it.
   */
  | {
    readonly type: "done";
    readonly kind: BlobKind;
    readonly descriptor: Descriptor;
    readonly how: "moved" | "exists" | "mounted";
  }
  /** Something that a person may want to know: a retry, a fallback, bytes that had to change. */
  | { readonly type: "notice" } & Notice
  /** An image is visible under its names. */
  | {
    readonly type: "committed";
    readonly descriptor: Descriptor;
    readonly references: readonly string[];
  };

/** A blob that a copy will look at. */
export interface PlannedBlob {
  readonly kind: BlobKind;
  readonly descriptor: Descriptor;
}
