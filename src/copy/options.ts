/** The options of a copy. */
import type { Step } from "../image/step.ts";
import type { Scratch } from "../image/disk/scratch.ts";
import type { CopyEvent } from "./events.ts";

/** The images that are meant, and the names that they get. */
export interface CopyChoice {
  /** The reference to resolve in the source; by default what its location names. */
  readonly reference?: string;
  /**
   * Names at the destination; by default the one in its location, or where that names none and images
   * must have one, those that an archive or layout has for its only image.
   */
  readonly references?: readonly string[];
  /** Copy every image that the source lists, under the names that it has there. */
  readonly all?: boolean;
}

/** The images of a copy, and how they are to arrive. */
export interface CopyOptions extends CopyChoice {
  /** Takes along what refers to the images, to what is in them, and to that in turn. */
  readonly referrers?: boolean;
  /** Takes along what is called by a digest and a suffix: cosign's `sha256-….sig`. */
  readonly digestTags?: boolean;
  /** The steps that each root passes through, in this order. */
  readonly steps?: readonly Step[];
  /**
   * Makes the step that packs plain layers, where the source's maker wants them packed, or the sink
   * would have those of synthetic images compressed; `false` leaves them plain.
   */
  readonly pack?: false | ((kind: "gzip" | "zstd") => Step);
  /** The number of blobs that move at a time, where the sink takes so many; 6, or 12 over a long way. */
  readonly jobs?: number;
  /** Say what would move, and move nothing. */
  readonly dryRun?: boolean;
  /** The place of bytes that have to be made; by default a folder of the copy's own. */
  readonly scratch?: Scratch;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: CopyEvent) => void;
}
