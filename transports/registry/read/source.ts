/** A repository as a {@link Source}, read from the first of its mirrors that has the image. */
import { during, NixociError } from "../../../src/errors.ts";
import { isDigest } from "../../../src/bytes/digest.ts";
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { rootOf } from "../../../src/image/load.ts";
import { isIndex, isManifest } from "../../../src/image/media-types.ts";
import { formatReference, type ImageReference, isTag } from "../../../src/image/reference.ts";
import type { Source } from "../../../src/image/root.ts";
import type { Session } from "../session.ts";
import { blobContent } from "./blob.ts";
import { getManifest, manifestContent } from "./manifest.ts";

/** @param places the mirrors in order, the registry itself last. */
export function repositorySource(places: readonly Session[], reference: ImageReference): Source {
  const { host, repository } = places.at(-1)!.endpoint;
  return {
    repository: `${host}/${repository}`,
    async resolve(wanted) {
      const named = wantedIn(reference, wanted);
      return await firstOf(places, formatReference(named), async (place) => {
        const fetch = fetcher(place);
        // A digest decides; the tag beside it is for people.
        return await rootOf(await getManifest(place, named.digest ?? named.tag ?? "latest"), fetch);
      });
    },
    async [Symbol.asyncDispose]() {
      for (const place of places) await place[Symbol.asyncDispose]();
    },
  };
}

function wantedIn(reference: ImageReference, wanted: string | undefined): ImageReference {
  if (wanted === undefined) return reference;
  const { host, repository } = reference;
  if (isDigest(wanted)) return { host, repository, digest: wanted };
  if (isTag(wanted)) return { host, repository, tag: wanted };
  throw new NixociError("USAGE", `${JSON.stringify(wanted)} is neither a tag nor a digest`);
}

function fetcher(place: Session): (descriptor: Descriptor) => Content {
  return (descriptor) =>
    isManifest(descriptor.mediaType) || isIndex(descriptor.mediaType)
      ? manifestContent(place, descriptor)
      : blobContent(place, descriptor);
}

/** Asks the places in order; the last one's failure is the one that counts. */
export async function firstOf<T>(
  places: readonly Session[],
  name: string,
  ask: (place: Session) => Promise<T>,
): Promise<T> {
  for (const place of places) {
    const { endpoint, retry } = place;
    try {
      return await ask(place);
    } catch (error) {
      const failure = during(error, `Cannot read ${name}`);
      retry.signal?.throwIfAborted();
      if (place === places.at(-1)) throw failure;
      retry.onNotice?.(`the mirror ${endpoint.host} does not do: ${failure.message}`);
    }
  }
  throw new NixociError("NOT_FOUND", `Cannot read ${name}: there is nowhere to read it from`);
}
