/** A destination that an image's layers are made in before it is copied there. */
import type { Digest } from "../../bytes/digest.ts";
import type { Sink } from "../../image/sink.ts";
import type { LayerPlace } from "../../recipe/mod.ts";

/** A sink, and the place in it for layers. */
export interface FilledSink {
  readonly place: LayerPlace;
  /** The sink for the copy: what has been made in it counts as moved by that. */
  readonly sink: Sink;
}

/** Creates it. */
export function createFilledSink(to: Sink): FilledSink {
  const made = new Set<Digest>();
  const { takeUnnamed } = to;
  return {
    place: {
      traits: to.traits,
      async put(blob) {
        const lacking = await to.put(blob);
        made.add(blob.content.descriptor.digest);
        return lacking;
      },
      ...takeUnnamed && {
        async takeUnnamed(options) {
          const unnamed = await takeUnnamed(options);
          return unnamed && {
            ...unnamed,
            async name(blob) {
              await unnamed.name(blob);
              made.add(blob.content.descriptor.digest);
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
  };
}
