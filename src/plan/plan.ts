/** A plan: an image, said in names and recipes, before any of its layers is made. */
import type { Digest } from "../bytes/digest.ts";
import type { History } from "../image/config/history.ts";
import type { Layer } from "../image/root.ts";
import type { LayerRecipe } from "../recipe/recipe.ts";

/** OCI's image config but for `rootfs` and `history`, which follow from the layers. */
export interface PlanConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture?: string;
  readonly os?: string;
  readonly variant?: string;
  /** The run config: `Env`, `Cmd`, `Healthcheck`, … */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly [other: string]: unknown;
}

/**
 * A layer of a plan: what it is called, and where its bytes are from. Without recipe and tarball it
 * is a layer of the image that the plan is based on.
 */
export interface PlanLayer {
  readonly digest: Digest;
  /** In bytes; 0 where nobody said it, of tarballs only. */
  readonly size: number;
  readonly diffId: Digest;
  readonly mediaType: string;
  /** The recipe of its bytes. */
  readonly recipe?: LayerRecipe;
  /** The file that has its bytes; counts more than a recipe. */
  readonly tarball?: string;
  readonly history?: History;
}

/** Returns what a plan says of a layer, with where its bytes are from. */
export function planLayerOf(
  { descriptor: { digest, size, mediaType }, diffId }: Layer,
  more: Partial<PlanLayer> = {},
): PlanLayer {
  return { digest, size, diffId, mediaType, ...more };
}

/** A plan: all that an `image.json` says. */
export interface Plan {
  readonly config: PlanConfig;
  readonly layers: readonly PlanLayer[];
  /** The config's whole history, where it is more than one entry for each layer. */
  readonly history?: readonly History[];
  /** The manifest's annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The place of the base image, as `scheme:location`. */
  readonly base?: string;
  /** The name of the image, as `name:tag`. */
  readonly name?: string;
  /** Hashes (of their NARs) of the store paths that it was made of. */
  readonly narHashes?: Readonly<Record<string, Digest>>;
}
