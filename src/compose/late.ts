/** Changes of an image when all its other layers are known, those of its commands included. */
import type { KnownBases } from "../cache/known.ts";
import type { OnNotice } from "../base/notices.ts";
import type { Layer } from "../image/root.ts";
import type { PlanConfig } from "../plan/mod.ts";
import type { StoreRoot } from "../recipe/mod.ts";
import type { Service } from "../services/service.ts";
import type { LayerDraft } from "./layers/layer-draft.ts";

/** An image whose layers can be read. */
export interface LateImage {
  readonly layers: readonly Layer[];
  readonly config: PlanConfig;
  /** The services that changes before this one have put into it. */
  readonly services: readonly Service[];
}

/** The result of a late change. */
export interface LateResult {
  /** Layers that come on top of all others. */
  readonly layers: readonly LayerDraft[];
  /** The config that goes with them. */
  readonly config: PlanConfig;
  readonly services?: readonly Service[];
  /** Annotations of its manifest; those that the SPEC says win. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The surroundings of a late change. */
export interface LateContext {
  readonly store: Required<StoreRoot>;
  readonly bases?: KnownBases | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Changes an image whose other layers are all known. */
export type LateChange = (image: LateImage, context: LateContext) => Promise<LateResult>;
