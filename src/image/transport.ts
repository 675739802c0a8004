/** The ways of naming stored images. */
import type { OnNotice } from "../base/notices.ts";
import type { PlaceReference } from "./place.ts";
import type { Policy } from "./policy/policy.ts";
import type { LayerBounds } from "./root.ts";
import type { Scratch } from "./disk/scratch.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";

/**
 * A way of naming stored images: one scheme of the command line.
 * @typeParam Options what it reads of the options of a side.
 */
export interface Transport<Options extends SideOptions = SideOptions> {
  /** The word before the colon. */
  readonly scheme: string;
  source?(place: PlaceReference, options?: Options): Promise<Source>;
  sink?(place: PlaceReference, options?: Options): Promise<Sink>;
}

/** Reads the policy that counts; `undefined` where there is none. */
export type ReadPolicy = () => Promise<Policy | undefined>;

/** Options of one side of a copy that every transport gets; those of its own stand with it. */
export interface SideOptions {
  readonly signal?: AbortSignal;
  /** The files that a transport must make for itself; shared with the copy. */
  readonly scratch?: Scratch;
  /** Gets what a person may want to know: retries, fallbacks, mirrors. */
  readonly onNotice?: OnNotice;
  /** The most that a layer of a source may unpack to; by default 512 GiB, 200 times its size, 5,000,000 entries. */
  readonly bounds?: Partial<LayerBounds>;
  /**
   * The policy that images of a source are held to, or what reads it when a source is opened;
   * without one everything is allowed.
   */
  readonly policy?: Policy | ReadPolicy | undefined;
}
