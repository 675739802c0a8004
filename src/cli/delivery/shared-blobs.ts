/** The blobs that are in several repositories of a registry: sent once, and mounted in the others. */
import type { Digest } from "../../bytes/digest.ts";
import type { CopyEvent } from "../../copy/events.ts";
import type { PlaceReference } from "../../image/place.ts";
import type { Sink } from "../../image/sink.ts";
import type { Source } from "../../image/source.ts";

/** The knowledge that copies into repositories of one registry share. */
export interface SharedBlobs {
  /** Notes what is in a repository now. */
  note(event: CopyEvent, place: PlaceReference): void;
  /** Returns a source whose blobs can be mounted, as far as they have been noted. */
  openUp(source: Source): Source;
  /** Returns a sink that mounts blobs from where they are. */
  direct(sink: Sink): Sink;
}

// Of a source that is in no registry.
const NOWHERE = "";

/** Creates it. @param holders the repositories (`host/path`) that are known to hold blobs. */
export function createSharedBlobs(holders = new Map<Digest, string>()): SharedBlobs {
  return {
    note(event, { image }) {
      if (event.type !== "done" || event.kind === "manifest" || image === undefined) return;
      holders.set(event.descriptor.digest, `${image.host}/${image.repository}`);
    },
    openUp: (source) => {
      const { repository = NOWHERE } = source.traits ?? {};
      return { ...source, traits: { ...source.traits, repository } };
    },
    direct: (sink) => {
      const { mount } = sink;
      if (mount === undefined) return sink;
      return {
        ...sink,
        async mount(descriptor, own) {
          const holder = holders.get(descriptor.digest) ?? own;
          return holder !== NOWHERE && await mount(descriptor, holder);
        },
      };
    },
  };
}
