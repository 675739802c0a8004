/**
 * The blobs at one destination, for all copies that go there: each moves once, with the first of them,
 * is mounted into other repositories of the registry, and is not asked for where it is known to be.
 */
import type { Digest } from "../../bytes/digest.ts";
import type { Limit } from "../../bytes/flow/limit.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { isIndex, isManifest } from "../../image/media-types.ts";
import type { PlaceReference } from "../../image/place.ts";
import type { ImageBlob } from "../../image/root.ts";
import type { Lacking, Sink } from "../../image/sink.ts";
import type { Source } from "../../image/source.ts";

/** The knowledge that copies to one destination share. */
export interface DestinationBlobs {
  /**
   * Wraps the sink of one of its repositories, or of the place itself, for one copy.
   * @param runTransfer runs the transfer of a blob when there is room for it.
   */
  wrapSink(sink: Sink, place: PlaceReference, runTransfer: Limit): SharingSink;
}

/** A sink for one copy, which others wait for where they have the same blobs. */
export interface SharingSink extends Sink {
  /** The copy is over, or broken off: whatever it was at and has not brought, others may bring. */
  letGo(reason?: unknown): void;
}

/** The options of the copies. */
export interface BlobsOptions {
  /** Nothing moves: what would be put is taken to be there from then on. */
  readonly dryRun?: boolean;
  /**
   * Finds content in repositories (`host/path`) that nothing is copied to; asked once, when a large
   * blob is about to move.
   */
  readonly findHeld?: (note: NoteHolder) => Promise<void>;
}

/** Notes that a repository holds content. */
export type NoteHolder = (digest: Digest, repository: string) => void;

// Of a place that is in no registry.
const NOWHERE = "";
// A blob smaller than this moves in less time than it takes to look for it elsewhere.
const WORTH_LOOKING = 256 * 1024;

/** Returns a source whose blobs can be mounted, wherever it is. */
export function openUpSource(source: Source): Source {
  const { repository = NOWHERE } = source.traits ?? {};
  return { ...source, traits: { ...source.traits, repository } };
}

/** Creates the knowledge of a destination. */
export function createDestinationBlobs(options: BlobsOptions): DestinationBlobs {
  const holders = new Map<Digest, Set<string>>();
  const note: NoteHolder = (digest, repository) => {
    const known = holders.get(digest) ?? new Set();
    holders.set(digest, known.add(repository));
  };
  const under = new Map<Digest, PromiseWithResolvers<void>>();
  let learnt: Promise<void> | undefined;
  const findHolder = async ({ digest, size }: Descriptor): Promise<string | undefined> => {
    if (!holders.has(digest) && size >= WORTH_LOOKING) await (learnt ??= options.findHeld?.(note));
    return holders.get(digest)?.values().next().value;
  };
  return {
    wrapSink: (sink, { image, location }, runTransfer) => {
      const claims = createClaims(under);
      const own = image === undefined ? location : `${image.host}/${image.repository}`;
      const isHere = (digest: Digest) => {
        const known = holders.get(digest);
        // What is in another repository would be mounted.
        return known !== undefined && (known.has(own) || options.dryRun === true);
      };
      const forget = ({ lacks }: Lacking): void => {
        for (const digest of lacks === "all" ? [...holders.keys()] : lacks) {
          holders.get(digest)?.delete(own);
        }
      };
      return {
        ...sink,
        // To be asked is to claim the blob.
        traits: { ...sink.traits, mountsUnasked: false },
        takeUnnamed: undefined, // what has no name yet nobody can claim
        async has(descriptor) {
          if (isDocument(descriptor)) return await sink.has(descriptor);
          const { digest } = descriptor;
          await claims.take(digest, () => isHere(digest));
          if (isHere(digest)) return true;
          const isThere = await sink.has(descriptor).catch((error) => claims.fail(digest, error));
          if (isThere || options.dryRun) note(digest, own);
          if (isThere || options.dryRun) claims.release(digest);
          return isThere;
        },
        ...sink.mount && {
          async mount(descriptor: Descriptor, from: string) {
            const { digest } = descriptor;
            const holder = await findHolder(descriptor) ?? from;
            if (holder === NOWHERE || holder === own) return false;
            const isMounted = await sink.mount!(descriptor, holder)
              .catch((error) => claims.fail(digest, error));
            if (isMounted) note(digest, own);
            if (isMounted) claims.release(digest);
            return isMounted;
          },
        },
        async put(blob: ImageBlob) {
          if (blob.kind === "manifest") {
            const lacking = await sink.put(blob);
            if (lacking) forget(lacking);
            return lacking;
          }
          const { digest, size } = blob.content.descriptor;
          const bring = async () => {
            const lacking = await sink.put(blob);
            // Who waits for it looks at once: what does not show yet would move again.
            if (size >= WORTH_LOOKING) await sink.settle?.();
            return lacking;
          };
          const lacking = await claims.move(digest, () => runTransfer(bring))
            .catch((error) => claims.fail(digest, error));
          if (!lacking) note(digest, own);
          claims.release(digest);
          return lacking;
        },
        async commit(images) {
          const committed = await sink.commit(images);
          if ("lacks" in committed) forget(committed);
          return committed;
        },
        letGo: claims.letGo,
        [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
      };
    },
  };
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isManifest(mediaType) || isIndex(mediaType);
}

/**
 * Creates the claims of one copy: one copy at a time is at a blob, and the others wait. A copy that
 * has failed waits for nobody, and nobody for it: two of them might wait for each other.
 * @param under the blobs that any copy is at.
 */
function createClaims(under: Map<Digest, PromiseWithResolvers<void>>) {
  const own = new Set<Digest>();
  const moving = new Set<Digest>();
  const end = Promise.withResolvers<never>();
  let isOver = false;
  end.promise.catch(() => {}); // who waits hears of it
  const release = (digest: Digest): void => {
    if (!own.delete(digest)) return;
    under.get(digest)?.resolve();
    under.delete(digest);
  };
  const letGo = (reason?: unknown): void => {
    isOver = true;
    end.reject(reason);
    for (const digest of own) if (!moving.has(digest)) release(digest);
  };
  return {
    release,
    letGo,
    /** Waits until nobody is at it, then is at it, unless it turns out that there is no need. */
    async take(digest: Digest, isDone: () => boolean): Promise<void> {
      while (!isDone()) {
        if (isOver) await end.promise;
        const other = under.get(digest);
        if (other === undefined) {
          under.set(digest, Promise.withResolvers<void>());
          own.add(digest);
          return;
        }
        await Promise.race([other.promise, end.promise]);
      }
    },
    /** Moves a blob that this copy is at, which it does not let go of meanwhile. */
    async move<T>(digest: Digest, work: () => Promise<T>): Promise<T> {
      moving.add(digest);
      try {
        return await work();
      } finally {
        moving.delete(digest);
      }
    },
    /** Lets the next one try. */
    fail(digest: Digest, error: unknown): never {
      release(digest);
      setImmediate(letGo, error); // after the copy has heard what went wrong, and where
      throw error;
    },
  };
}
