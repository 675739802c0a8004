/** An image in the making, before anything is read from the store. */
import type { Pipeline, Strategy } from "../layering/mod.ts";
import type { History, PlanConfig } from "../plan/mod.ts";
import type { LayerRecipe } from "../recipe/mod.ts";
import type { NamedPath, Part } from "./parts.ts";
import type { StorePlace } from "./paths.ts";

/** Whose bytes and defaults. */
export type Style = "dockertools" | "nix2container";

/** A text of the image, and the field that it is from. */
export interface Mention {
  readonly text: string;
  readonly at: string;
}

/** How all files are, where nothing says otherwise. */
export type FileDefaults = Pick<LayerRecipe, "mtime" | "uid" | "gid" | "uname" | "gname">;

/** A layer before its digest is known. */
export interface LayerDraft {
  readonly recipe: LayerRecipe;
  readonly history: History | undefined;
}

/** An image in the making: every feature adds to it, one after the other. */
export interface ImageDraft {
  readonly style: Style;
  readonly name: string | undefined;
  readonly tag: string | undefined;
  /** The image's config; what is still open when all features are done is the plan's default. */
  readonly config: PlanConfig;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** Texts whose store paths are in the image. */
  readonly mentions: readonly Mention[];
  readonly files: FileDefaults;
  /** Explicit layers, those that others stand on first, and files that describe some. */
  readonly explicit: readonly (Part | NamedPath)[];
  /** The image's own layers of store paths, above the explicit ones. */
  readonly own: Part;
  readonly strategy: Strategy;
  /** Instead of the strategy. */
  readonly pipeline: Pipeline | undefined;
  readonly includeStorePaths: boolean;
  /** Layers above all those: what is made here. */
  readonly top: readonly LayerDraft[];
  readonly store: StorePlace;
}
