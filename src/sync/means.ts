/** The ways to open the places that a sync reaches; callers that know transports provide them. */
import type { Side } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import type { PlaceReference } from "../image/place.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { Scratch } from "../image/disk/scratch.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";

/** The options of a side, with what a file says of its host. */
export interface SyncSide {
  readonly side: Side;
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly scratch?: Scratch | undefined;
  readonly registry?: SyncRegistry;
}

/** The way to reach a registry, as `RegistryOptions` have it. */
export interface SyncRegistry {
  readonly creds?: string;
  readonly certDir?: string;
  readonly tlsVerify?: boolean;
  readonly perSecond?: number;
}

/** Returns the options for a side whose place is on this host, or on none. */
export type SideOf = (side: Side, host: string | undefined) => SyncSide;

/** Ways to open places; the package's own functions are such. */
export interface SyncMeans {
  parsePlace(text: string): PlaceReference;
  openSource(place: PlaceReference, options: SyncSide): Promise<Source>;
  openSink(place: PlaceReference, options: SyncSide): Promise<Sink>;
  listTags(repository: ImageReference, options: SyncSide): Promise<readonly string[]>;
  listRepositories(host: string, options: SyncSide): Promise<readonly string[]>;
}

/** Makes the places of images in a registry. */
export function makeRegistryPlace(image: ImageReference, location: string): PlaceReference {
  return { scheme: "registry", location, text: `registry:${location}`, image };
}

/** Returns what is the same for two ways of writing one place: an archive holds one image of ours. */
export function placeKeyOf({ scheme, location, image }: PlaceReference): string {
  if (image !== undefined) return `${scheme}:${formatReference(image)}`;
  const place = scheme.endsWith("-archive") ? location.split(":", 1)[0] : location;
  return `${scheme}:${place}`;
}
