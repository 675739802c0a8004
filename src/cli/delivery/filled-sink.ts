/** A destination that an image's layers are made in before it is copied there. */
import { runAtSide, wrapError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import type { CopyEvent } from "../../copy/events.ts";
import { createMeter, watchBlob, type Watcher } from "../../copy/watch.ts";
import type { ImageBlob } from "../../image/root.ts";
import type { Sink } from "../../image/sink.ts";
import type { LayerPlace } from "../../recipe/mod.ts";

/** A sink, and the place in it for layers. */
export interface FilledSink {
  readonly place: LayerPlace;
  /** The sink for the copy: what has been made in it counts as moved by that. */
  readonly sink: Sink;
  /** Tells whether an event of the copy says what was said when the layer came. */
  repeats(event: CopyEvent): boolean;
}

/**
 * Creates it. What the place fails of is the destination's failure, as in a copy.
 * @param watcher hears of each layer when it has come, before the copy begins.
 */
export function createFilledSink(to: Sink, watcher: Required<Watcher>): FilledSink {
  const made = new Set<Digest>();
  const told = new Set<Digest>();
  const note = ({ content: { descriptor } }: ImageBlob): void => {
    made.add(descriptor.digest);
    if (told.has(descriptor.digest)) return;
    told.add(descriptor.digest);
    watcher.onEvent({ type: "done", kind: "layer", descriptor, how: "moved" });
  };
  const atSink = <T>(work: () => Promise<T>): Promise<T> => runAtSide("destination", work);
  return {
    place: {
      traits: to.traits,
      has: (descriptor) => atSink(() => to.has(descriptor)),
      async put(blob) {
        const { kind, content: { descriptor } } = blob;
        const lacking = await atSink(() => to.put(watchBlob(blob, watcher))).catch((error) => {
          throw wrapError(error, `${kind} ${descriptor.digest}`);
        });
        note(blob);
        return lacking;
      },
      ...to.takeUnnamed && {
        async takeUnnamed(options) {
          const unnamed = await atSink(() => to.takeUnnamed!(options));
          if (unnamed === undefined) return undefined;
          const tell = (bytes: number) => watcher.onEvent({ type: "writing", bytes });
          const { count } = createMeter(tell);
          tell(0);
          return {
            ...unnamed,
            write: (bytes) => {
              count(bytes);
              return atSink(() => unnamed.write(bytes));
            },
            async name(blob) {
              await atSink(() => unnamed.name(blob));
              note(blob);
            },
          };
        },
      },
    },
    sink: {
      ...to,
      has: async (descriptor) => !made.has(descriptor.digest) && await to.has(descriptor),
      // Once: it is put in earnest where it turns out to be gone.
      put: async (blob) =>
        made.delete(blob.content.descriptor.digest) ? undefined : await to.put(blob),
    },
    repeats: (event) => "descriptor" in event && told.has(event.descriptor.digest),
  };
}
