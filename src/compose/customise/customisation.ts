/**
 * The customisation layer before it is one: what an image has at its root, as a recipe whose entries
 * can be listed, planted on disk, added to, and packed. The Nix database and scripts work on it.
 */
import type { Hold } from "../../base/dispose.ts";
import type { OnNotice } from "../../base/notices.ts";
import type { KnownBases } from "../../cache/known.ts";
import type { Image } from "../../image/root.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import type { PlanConfig, PlanLayer } from "../../plan/mod.ts";
import type { LayerRecipe, MadeEntry } from "../../recipe/mod.ts";
import type { LayerDraft } from "../layers/layer-draft.ts";
import type { NamedPath } from "../parts.ts";
import type { SpecPaths } from "../paths.ts";

/** The paths that an image is made of. */
export interface StoreContents {
  /** Those of its own layers, but for what is moved to the root; each once. */
  readonly closure: Closure;
  /** Those of layers that files describe, of which nothing but the path is known. */
  readonly recorded: readonly string[];
  /** Store paths and folders whose files are at the root, whatever layer has them there. */
  readonly copied: readonly string[];
}

/** The surroundings of a customisation. */
export interface CustomiseContext {
  readonly paths: SpecPaths;
  /** The image below, where there is one. */
  readonly base?: Image | undefined;
  /** Returns the store paths that show in it. */
  baseStorePaths(): Promise<ReadonlySet<string>>;
  /** Returns a recipe with what it has below the base's links to folders in those folders. */
  readonly followBaseLinks?: ((recipe: LayerRecipe) => Promise<LayerRecipe>) | undefined;
  /** Remembers facts of bases. */
  readonly bases?: KnownBases | undefined;
  /** Returns the types of its files in the highest two levels, by place. */
  readonly baseTop?: (() => Promise<ReadonlyMap<string, string>>) | undefined;
  /** Keeps what the layers are made of until the image that is built is disposed of. */
  readonly hold?: Hold | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns files that follow from the store paths of the image, such as Nix's database, or from what
 * is at its root. Asked before scripts run, and again when these have brought further paths.
 * @param drafted the customisation layer before anything is added.
 */
export type Addition = (
  stored: StoreContents,
  context: CustomiseContext,
  drafted: LayerDraft,
) => Promise<readonly MadeEntry[]>;

/** A layer that a script has changed, and the store paths that its files mention. */
export interface ScriptResult {
  readonly layer: LayerDraft;
  readonly mentioned: readonly NamedPath[];
}

/**
 * Runs commands on the customisation layer and returns it as they leave it: its recipe has `paths`
 * that are copied and `made` entries, whose order is that of laying them over each other. Files that
 * it makes must stay where they are until what `hold` was given is disposed of.
 */
export type Script = (
  layer: LayerDraft,
  stored: StoreContents,
  context: CustomiseContext,
) => Promise<ScriptResult>;

/** An image whose layers and config are known, though not their digests. */
export interface CompleteDraft {
  readonly layers: readonly (LayerDraft | PlanLayer)[];
  readonly config: PlanConfig;
}

/** Looks at an image before it is made, and says what its author ought to know. */
export type ImageCheck = (image: CompleteDraft, context: CustomiseContext) => Promise<void>;
