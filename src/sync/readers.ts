/** Repositories that are read from, each opened once in a run: it is asked once who we are. */
import type { Side } from "../base/errors.ts";
import { disposeAll } from "../base/dispose.ts";
import type { PlaceReference } from "../image/place.ts";
import type { Source } from "../image/source.ts";

import { placeKeyOf, type SideOf, type SyncMeans } from "./means.ts";

/** The repositories that are open; disposing closes them. */
export interface Readers extends AsyncDisposable {
  /** Opens a repository, which stays open until the run is over: any number may read from it. */
  open(side: Side, repository: PlaceReference): Promise<Source>;
}

/** Creates them; none is open before it is used. */
export function createReaders(means: SyncMeans, sideOf: SideOf): Readers {
  const known = new Map<string, Promise<Source>>();
  return {
    open(side, repository) {
      const key = `${side} ${placeKeyOf(repository)}`;
      const source = known.get(key) ??
        means.openSource(repository, sideOf(side, repository.image?.host));
      known.set(key, source);
      source.catch(() => known.delete(key)); // the next may find it mended
      return source;
    },
    async [Symbol.asyncDispose]() {
      const opened = await Promise.allSettled(known.values());
      await disposeAll(opened.flatMap((one) => one.status === "fulfilled" ? one.value : []));
    },
  };
}
