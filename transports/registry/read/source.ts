/** A repository as a {@link Source}, read from the first of its mirrors that has the image. */
import { disposeAll } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { isDigest } from "../../../src/bytes/digest.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { readRoot } from "../../../src/image/documents/load.ts";
import { isIndex, isManifest } from "../../../src/image/media-types.ts";
import type { PlaceReference } from "../../../src/image/place.ts";
import {
  formatReference,
  type ImageReference,
  isTag,
  parseReference,
} from "../../../src/image/reference.ts";
import type { CanHeadManifest, Source, UnloadedRoot } from "../../../src/image/source.ts";
import { isMeantFor } from "../config/endpoints.ts";
import { type Mirror, openMirrors } from "../open.ts";
import type { RegistrySideOptions } from "../options.ts";
import { isMissing } from "../session.ts";
import { WORLD } from "../world.ts";
import { createBlobContent } from "./blob.ts";
import { createManifestContent, getManifest, headManifest } from "./manifest.ts";

/** Opens a repository to read from. Nothing is asked before `resolve`. */
export async function openSource(
  { image, location }: Pick<PlaceReference, "image" | "location">,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Source & CanHeadManifest> {
  const own = image ?? parseReference(location);
  const mirrors = await openMirrors(own, options, world);
  const { host, repository } = mirrors.at(-1)!.endpoint;
  const readManifest = async (wanted?: string): Promise<UnloadedRoot> => {
    const named = selectIn(own, wanted);
    const [manifest, found] = await askInOrder(
      mirrors,
      named,
      async ({ session }, name) => [await getManifest(session, name), session] as const,
    );
    const rest = mirrors.slice(mirrors.findIndex(({ session }) => session === found));
    return {
      manifest,
      load: () =>
        askInOrder(rest, named, async ({ session }, name) => {
          const same = session === found ? manifest : await getManifest(session, name);
          return await readRoot(same, (descriptor) =>
            isDocument(descriptor)
              ? createManifestContent(session, descriptor)
              : createBlobContent(session, descriptor));
        }),
    };
  };
  return {
    traits: { repository: `${host}/${repository}` },
    readManifest,
    pin: (digest) =>
      `registry:${formatReference({ host: own.host, repository: own.repository, digest })}`,
    resolve: async (wanted) => await (await readManifest(wanted)).load(),
    headManifest: (wanted) =>
      askInOrder(
        mirrors,
        selectIn(own, wanted),
        ({ session }, name) => headManifest(session, name),
      ),
    [Symbol.asyncDispose]: () => disposeAll(mirrors.map(({ session }) => session)),
  };
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isManifest(mediaType) || isIndex(mediaType);
}

/** Returns what is meant in the repository: all that `wanted` says, or what the place names. */
function selectIn(image: ImageReference, wanted: string | undefined): ImageReference {
  if (wanted === undefined) return image;
  const { host, repository } = image;
  if (isDigest(wanted)) return { host, repository, digest: wanted };
  if (isTag(wanted)) return { host, repository, tag: wanted };
  throw new NixociError("USAGE", `${JSON.stringify(wanted)} is neither a tag nor a digest`);
}

/** Adds what to do where the registry has no such tag. */
function suggestReadTags(
  failure: NixociError,
  error: unknown,
  { digest, ...name }: ImageReference,
) {
  if (!isMissing(error) || digest !== undefined || failure.hint !== undefined) return failure;
  const { host, repository } = name;
  const hint = `nixoci tags ${formatReference({ host, repository })} lists the tags that there are`;
  return new NixociError(failure.code, failure.message, { cause: failure.cause, hint });
}

/**
 * Asks the mirrors that are meant for the image, in order; the last one's failure is the one that counts.
 * @param ask gets the mirror, and the tag or digest to ask for: a digest decides, the tag beside it
 * is for people.
 */
async function askInOrder<T>(
  mirrors: readonly Mirror[],
  image: ImageReference,
  ask: (mirror: Mirror, name: string) => Promise<T>,
): Promise<T> {
  for (const mirror of mirrors) {
    const { endpoint, session: { retry } } = mirror;
    if (!isMeantFor(endpoint, image)) continue;
    try {
      return await ask(mirror, image.digest ?? image.tag ?? "latest");
    } catch (error) {
      const failure = wrapError(error, `Cannot read ${formatReference(image)}`);
      retry.signal?.throwIfAborted();
      if (mirror === mirrors.at(-1)) throw suggestReadTags(failure, error, image);
      const message = `the mirror ${endpoint.host} cannot be used: ${failure.message}`;
      retry.onNotice?.({ code: "FALLBACK", message });
    }
  }
  const message = `Cannot read ${formatReference(image)}: there is nowhere to read it from`;
  throw new NixociError("NOT_FOUND", message);
}
