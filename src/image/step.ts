/** The functions that change images on their way. */
import type { OnNotice } from "../base/notices.ts";
import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Layer, OnLayers, Root } from "./root.ts";
import type { Scratch } from "./disk/scratch.ts";
import type { CanTakeUnnamed } from "./sink.ts";

/** Root in, new Root out; `scratch` holds bytes that a step must make, until the copy ends. */
export interface Step {
  (root: Root, context: StepContext): Root | Promise<Root>;
  /** Tells that a root with this manifest passes as it is, where that shows without reading it. */
  keeps?(manifest: Descriptor): boolean;
}

/** The things that a step may use while it works. */
export interface StepContext {
  readonly scratch: Scratch;
  readonly signal?: AbortSignal;
  /** Gets what a step changed or could not keep. */
  readonly onNotice?: OnNotice;
  /** A layer that is made and will be part of the result: the engine may begin to store it. */
  readonly ready?: (layer: Layer) => void;
  /**
   * Begins a layer that will be part of the result, in the place where it will stay, instead of in
   * scratch: see `putUnnamed`. Left out where that cannot be.
   */
  readonly takeUnnamed?: CanTakeUnnamed["takeUnnamed"];
  /** Gets the layers of an image that is selected, so that the engine may begin to store them. */
  readonly onLayers?: OnLayers;
  /** The same content, whose reading shows as progress. */
  readonly watch?: <C extends Content>(content: C) => C;
}
