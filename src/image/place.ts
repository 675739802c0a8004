/** A reference to a place of images, as it is carried from where it is read to the place's transport. */
import type { ImageReference } from "./reference.ts";

/** A reference to a place, taken apart. */
export interface PlaceReference {
  /** The transport's own name, whatever alias was written: `registry`, `oci-dir`. */
  readonly scheme: string;
  /** All behind the scheme; its transport reads it. */
  readonly location: string;
  /** The whole as it was written, for messages. */
  readonly text: string;
  /** The image or repository that the location names, where it is an image's name. */
  readonly image?: ImageReference;
}
