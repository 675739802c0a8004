/** Open places, to be used again: a repository is asked who we are once, not for each tag. */
import type { Side } from "../../base/errors.ts";
import type { Sink } from "../../image/sink.ts";
import type { Source } from "../../image/source.ts";
import { disposeAll } from "../../base/dispose.ts";
import type { ImageToSync } from "../images/find.ts";
import { makeRegistryPlace, placeKeyOf, type SideOf, type SyncMeans } from "../means.ts";
import type { Readers } from "../readers.ts";
import { formatReference } from "../../image/reference.ts";
import type { PlaceReference } from "../../image/place.ts";

/** A source and a destination, opened when they are first needed. */
export interface SyncLane {
  readonly openFrom: () => Promise<Source>;
  readonly openTo: () => Promise<Sink>;
  /** Opens the destination to look at what is there. */
  readonly openThere: () => Promise<Source>;
}

/** The lanes that are open; disposing closes them. */
export interface Lanes extends AsyncDisposable {
  /** Runs the work with a lane of the image's two places that nobody else uses meanwhile. */
  run<T>(image: ImageToSync, work: (lane: SyncLane) => Promise<T>): Promise<T>;
}

/** The means of opening. */
export interface LanesContext {
  readonly means: SyncMeans;
  readonly sideOf: SideOf;
  readonly readers: Readers;
}

// What has been idle longest goes first.
const MOST_IDLE = 64;

/** Creates lanes; none is open before it is used. */
export function createLanes(context: LanesContext): Lanes {
  const idle: { readonly key: string; readonly lane: SyncLane & AsyncDisposable }[] = [];
  return {
    async run(image, work) {
      const to = openPlaceOf(image.destination);
      const key = `${placeKeyOf(image.source)} ${placeKeyOf(to)}`;
      const at = idle.findLastIndex((one) => one.key === key);
      const lane = at === -1 ? createLane(image.source, to, context) : idle.splice(at, 1)[0]!.lane;
      let result;
      try {
        result = await work(lane);
      } catch (error) {
        // What has failed may be left half-way: the next begins anew.
        await lane[Symbol.asyncDispose]();
        throw error;
      }
      idle.push({ key, lane });
      if (idle.length > MOST_IDLE) await idle.shift()!.lane[Symbol.asyncDispose]();
      return result;
    },
    [Symbol.asyncDispose]: () => disposeAll(idle.splice(0).map(({ lane }) => lane)),
  };
}

/** Returns the place to open: of a registry the repository, where tags are given one by one. */
function openPlaceOf(place: PlaceReference): PlaceReference {
  const { image } = place;
  if (image === undefined || image.tag === undefined) return place;
  const own = { host: image.host, repository: image.repository };
  return makeRegistryPlace(own, formatReference(own));
}

function createLane(
  from: PlaceReference,
  to: PlaceReference,
  { means, sideOf, readers }: LanesContext,
): SyncLane & AsyncDisposable {
  const opened: AsyncDisposable[] = [];
  const openOnce = <T extends AsyncDisposable>(open: () => Promise<T>) => {
    let once: Promise<T> | undefined;
    return () =>
      once ??= open().then((place) => {
        opened.push(place);
        return place;
      });
  };
  const openReader = (side: Side, place: PlaceReference) =>
    place.image !== undefined
      ? () => readers.open(side, place)
      : openOnce(() => means.openSource(place, sideOf(side, undefined)));
  return {
    openFrom: openReader("source", from),
    openTo: openOnce(() => means.openSink(to, sideOf("destination", to.image?.host))),
    openThere: openReader("destination", to),
    [Symbol.asyncDispose]: () => disposeAll(opened),
  };
}
