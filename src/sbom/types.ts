/** Types of inventories. */
import type { Digest } from "../bytes/digest.ts";
import type { PackageMeta } from "./meta.ts";

/** A package of an image. */
export interface ImagePackage {
  /** A word of its own in the list. */
  readonly id: string;
  /** Its package manager. */
  readonly from: "nix" | "deb" | "apk" | "rpm";
  readonly name: string;
  readonly version?: string;
  /** The output of a derivation: `dev`, `lib`. */
  readonly output?: string;
  readonly storePath?: string;
  readonly narHash?: Digest;
  readonly deriver?: string;
  readonly architecture?: string;
  /** The package URL, of package managers that have such. */
  readonly purl?: string;
  readonly meta?: PackageMeta;
  /** The ids of packages that it needs. */
  readonly needs: readonly string[];
}

/** The packages of an image, and what the list cannot know. */
export interface Inventory {
  readonly image: Digest;
  /** ISO 8601, as the config has it. */
  readonly created?: string;
  /** Sorted by id. */
  readonly packages: readonly ImagePackage[];
  /** The ids of what nothing needs, or the config names. */
  readonly roots: readonly string[];
  /** Sentences about what may be missing; there is always something. */
  readonly unknown: readonly string[];
}
