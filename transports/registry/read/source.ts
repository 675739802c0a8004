/** A repository as a {@link Source}, read from the first of its mirrors that has the image. */
import { disposeAll } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { isDigest } from "../../../src/bytes/digest.ts";
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { readRoot } from "../../../src/image/load.ts";
import { isIndex, isManifest } from "../../../src/image/media-types.ts";
import { formatReference, type ImageReference, isTag } from "../../../src/image/reference.ts";
import type { Root } from "../../../src/image/root.ts";
import type { Source, UnloadedRoot } from "../../../src/image/source.ts";
import { isMissing, type Session } from "../session.ts";
import { blobContent } from "./blob.ts";
import { getManifest, manifestContent } from "./manifest.ts";

/** A repository that something can be read from. */
export interface Place {
  readonly session: Session;
  /** Whether it is to be asked for the reference: some mirrors are for digests only, or tags. */
  isMeantFor(reference: ImageReference): boolean;
}

/** @param places the mirrors in order, the registry itself last. */
export function repositorySource(places: readonly Place[], reference: ImageReference): Source {
  const { host, repository } = places.at(-1)!.session.endpoint;
  const readManifest = async (wanted?: string): Promise<UnloadedRoot> => {
    const named = wantedIn(reference, wanted);
    // A digest decides; the tag beside it is for people.
    const wantedName = named.digest ?? named.tag ?? "latest";
    const [manifest, found] = await firstOf(
      places,
      named,
      async (session) => [await getManifest(session, wantedName), session] as const,
    );
    const load = async (session: Session): Promise<Root> => {
      const own = session === found ? manifest : await getManifest(session, wantedName);
      return await readRoot(own, fetcher(session));
    };
    const rest = places.slice(places.findIndex(({ session }) => session === found));
    return { manifest, load: () => firstOf(rest, named, load) };
  };
  return {
    traits: { repository: `${host}/${repository}` },
    readManifest,
    resolve: async (wanted) => await (await readManifest(wanted)).load(),
    [Symbol.asyncDispose]: () => disposeAll(places.map(({ session }) => session)),
  };
}

function wantedIn(reference: ImageReference, wanted: string | undefined): ImageReference {
  if (wanted === undefined) return reference;
  const { host, repository } = reference;
  if (isDigest(wanted)) return { host, repository, digest: wanted };
  if (isTag(wanted)) return { host, repository, tag: wanted };
  throw new NixociError("USAGE", `${JSON.stringify(wanted)} is neither a tag nor a digest`);
}

function fetcher(of: Session): (descriptor: Descriptor) => Content {
  return (descriptor) =>
    isManifest(descriptor.mediaType) || isIndex(descriptor.mediaType)
      ? manifestContent(of, descriptor)
      : blobContent(of, descriptor);
}

/** Adds what to do where the registry has no such tag. */
function hintAtTags(failure: NixociError, error: unknown, { digest, ...name }: ImageReference) {
  if (!isMissing(error) || digest !== undefined || failure.hint !== undefined) return failure;
  const { host, repository } = name;
  const hint = `nixoci tags ${formatReference({ host, repository })} lists the tags that there are`;
  return new NixociError(failure.code, failure.message, { cause: failure.cause, hint });
}

/** Asks the places that are meant, in order; the last one's failure is the one that counts. */
export async function firstOf<T>(
  places: readonly Place[],
  reference: ImageReference,
  ask: (session: Session) => Promise<T>,
): Promise<T> {
  const name = formatReference(reference);
  for (const place of places.filter((each) => each.isMeantFor(reference))) {
    const { endpoint, retry } = place.session;
    try {
      return await ask(place.session);
    } catch (error) {
      const failure = wrapError(error, `Cannot read ${name}`);
      retry.signal?.throwIfAborted();
      if (place === places.at(-1)) throw hintAtTags(failure, error, reference);
      const message = `the mirror ${endpoint.host} does not do: ${failure.message}`;
      retry.onNotice?.({ code: "FALLBACK", message });
    }
  }
  throw new NixociError("NOT_FOUND", `Cannot read ${name}: there is nowhere to read it from`);
}
