/** A repository as a {@link Source}, read from the first of its mirrors that has the image. */
import { disposeAll } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { type Digest, isDigest } from "../../../src/bytes/digest.ts";
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
import type { OnLayers } from "../../../src/image/root.ts";
import type { CanHeadManifest, Source, UnloadedRoot } from "../../../src/image/source.ts";
import { endpointsOf, isMeantFor, type PullEndpoint } from "../config/endpoints.ts";
import { readRules } from "../config/registries-conf.ts";
import { createSessionOptions } from "../open.ts";
import type { RegistrySideOptions } from "../options.ts";
import { isMissing, RegistrySession, type Session } from "../session.ts";
import { WORLD } from "../world.ts";
import { createBlobContent } from "./blob.ts";
import { findContent } from "./find-content.ts";
import { createManifestContent, getManifest, headManifest } from "./manifest.ts";
import { createDigestTagsReader, createReferrersReader } from "./referrers.ts";

/** A place that the image can be read from. */
interface Mirror {
  readonly endpoint: PullEndpoint;
  readonly session: Session;
}

/** Opens a repository to read from, and its mirrors before it. Nothing is asked before `resolve`. */
export async function openSource(
  { image, location }: Pick<PlaceReference, "image" | "location">,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Source & CanHeadManifest> {
  const own = image ?? parseReference(location);
  const { registriesConf, tlsVerify, mirrors: hasMirrors = true } = options.registry ?? {};
  const all = endpointsOf(own, await readRules(registriesConf, world), tlsVerify);
  const named = all.at(-1)!;
  const endpoints = hasMirrors ? all : [named];
  const mirrors = endpoints.map((endpoint): Mirror => {
    const how = createSessionOptions(options, endpoint === named, world);
    return { endpoint, session: new RegistrySession(endpoint, { ...how, action: "pull" }, world) };
  });
  const readManifest = async (wanted?: string): Promise<UnloadedRoot> => {
    const { manifest, from } = await askInOrder(mirrors, own, wanted, async (mirror, name) => ({
      manifest: await getManifest(mirror.session, name),
      from: mirror,
    }));
    const load = (onLayers?: OnLayers) =>
      askInOrder(mirrors.slice(mirrors.indexOf(from)), own, wanted, async (mirror, name) => {
        const { session } = mirror;
        const same = mirror === from ? manifest : await getManifest(session, name);
        return await readRoot(
          same,
          (descriptor) =>
            isDocument(descriptor)
              ? createManifestContent(session, descriptor)
              : createBlobContent(session, descriptor),
          // A mirror that has no config may have no layers: then the next one is to give both.
          mirror === from && mirror === mirrors.at(-1) ? onLayers : undefined,
        );
      });
    return { manifest, load };
  };
  // What is attached to an image is what its own registry says: mirrors often keep images alone.
  const { session } = mirrors.at(-1)!;
  let readReferrers: ReturnType<typeof createReferrersReader> | undefined;
  let readDigestTags: ReturnType<typeof createDigestTagsReader> | undefined;
  return {
    async listReferrers(subject) {
      const found = await (readReferrers ??= createReferrersReader(session))(subject);
      const loadManifest = async (digest: Digest) => await (await readManifest(digest)).load();
      return found.map((descriptor) => ({
        descriptor,
        load: () => loadManifest(descriptor.digest),
      }));
    },
    listDigestTags: (subject) => (readDigestTags ??= createDigestTagsReader(session))(subject),
    findContent: (digest) => findContent(session, digest),
    traits: { repository: `${named.host}/${named.repository}` },
    expectReaders: (count) => mirrors.forEach(({ session }) => session.expect(count)),
    roundTrip: () => Math.max(...mirrors.map(({ session }) => session.roundTrip() ?? 0)),
    readManifest,
    pin: (digest) =>
      `registry:${formatReference({ host: own.host, repository: own.repository, digest })}`,
    resolve: async (wanted) => await (await readManifest(wanted)).load(),
    headManifest: (wanted) =>
      askInOrder(mirrors, own, wanted, ({ session }, name) => headManifest(session, name)),
    [Symbol.asyncDispose]: () => disposeAll(mirrors.map(({ session }) => session)),
  };
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isManifest(mediaType) || isIndex(mediaType);
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
 * @param own what the place names.
 * @param wanted the tag or digest in its repository that is meant instead.
 * @param ask gets the mirror, and the tag or digest to ask for: a digest decides, the tag beside it
 * is for people.
 */
async function askInOrder<T>(
  mirrors: readonly Mirror[],
  own: ImageReference,
  wanted: string | undefined,
  ask: (mirror: Mirror, name: string) => Promise<T>,
): Promise<T> {
  const image = wanted === undefined ? own : selectIn(own, wanted);
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

/** Returns what the tag or digest means in the repository. */
function selectIn({ host, repository }: ImageReference, wanted: string): ImageReference {
  if (isDigest(wanted)) return { host, repository, digest: wanted };
  if (isTag(wanted)) return { host, repository, tag: wanted };
  throw new NixociError("USAGE", `${JSON.stringify(wanted)} is neither a tag nor a digest`);
}
