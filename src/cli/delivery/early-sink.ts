/** A destination that is opened before the source, for its layers are made in it. */
import type { Hold } from "../../base/dispose.ts";
import { runAtSide } from "../../base/errors.ts";
import type { OpenLayerPlace } from "../../compose/build.ts";
import { choosePacking } from "../../copy/copy.ts";
import type { Watcher } from "../../copy/watch.ts";
import type { Sink } from "../../image/sink.ts";
import type { SourceTraits } from "../../image/source.ts";
import { createFilledSink, type FilledSink } from "./filled-sink.ts";

/** The sink, opened by what makes the layers. */
export interface EarlySink {
  readonly open: OpenLayerPlace;
  /** It, once it is open. */
  readonly filled: FilledSink | undefined;
}

/** The means of an early sink. */
interface EarlyMeans {
  /** Opens it. */
  readonly openTo: (traits: SourceTraits) => Promise<Sink>;
  /** Disposes of it. */
  readonly hold: Hold;
  /** Layers stay as they are made, whatever the sink likes. */
  readonly isPackingSaid: boolean;
  /** The names that the image gets there besides its own. */
  readonly tags: readonly string[];
  readonly watcher: Required<Watcher>;
}

/** Creates it, not yet open. */
export function createEarlySink(means: EarlyMeans): EarlySink {
  const { openTo, hold, isPackingSaid, tags, watcher } = means;
  let filled: FilledSink | undefined;
  return {
    get filled() {
      return filled;
    },
    async open(traits) {
      const to = hold(await openTo(traits));
      filled = createFilledSink(to, watcher);
      const staysPlain = isPackingSaid || choosePacking(traits, to.traits) === "none";
      if (to.takeUnnamed === undefined || !staysPlain) return undefined;
      await runAtSide("destination", () => {
        for (const tag of tags) to.naming?.nameFor?.(tag); // refused now, or never
        return to.prepare?.([]);
      });
      return filled.place;
    },
  };
}
