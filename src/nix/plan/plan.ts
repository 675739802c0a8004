/** A plan: an image, said in names and recipes, before any of its layers is made. */
import type { Digest } from "../../bytes/digest.ts";
import type { ConfigJson } from "../../image/schemas.ts";
import type { LayerRecipe } from "../layer/recipe.ts";

/** A history entry of OCI's image config. */
export interface History {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** A layer of a plan: what it is called, and where its bytes are from. */
export interface PlanLayer {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly diffId: Digest;
  readonly mediaType: string;
  /** What it is made of. A tarball may have been made of it, too, and then counts. */
  readonly recipe?: LayerRecipe;
  /** The file that has its bytes. */
  readonly tarball?: string;
  /** Without recipe and tarball: it is a layer of the image that the plan is based on. */
  readonly history?: History;
}

/** All that an `image.json` says. */
export interface Plan {
  /** The image's config but for `rootfs` and `history`: architecture, os, created, config, … */
  readonly config: Omit<ConfigJson, "rootfs" | "history">;
  readonly layers: readonly PlanLayer[];
  /** The config's whole history, where it is more than one entry for each layer. */
  readonly history?: readonly History[];
  /** The manifest's annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where the base image is, as `scheme:location`: for layers that are neither recipe nor file. */
  readonly base?: string;
  /** What the image is called, as `name:tag`. */
  readonly name?: string;
}
