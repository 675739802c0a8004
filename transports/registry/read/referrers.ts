/**
 * Lists what refers to a manifest: the referrers API, or an index under a tag where there is none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
import { type Digest, isDigest } from "../../../src/bytes/digest.ts";
import { mapLimited } from "../../../src/bytes/flow/map.ts";
import { readContent } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { descriptorOf } from "../../../src/image/documents/documents.ts";
import { checkShape, indexSchema } from "../../../src/image/documents/schemas.ts";
import { encodeJson, isObject, MAX_DOCUMENT } from "../../../src/image/json.ts";
import { EMPTY_CONFIG, MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { fallbackTagOf, isDigestTag, readReferrers } from "../../../src/image/referrers.ts";
import type { ListedImage } from "../../../src/image/source.ts";
import { isAnswer, isAnswered } from "../http/failure.ts";
import { isMissing, type Session } from "../session.ts";
import { getManifest, headManifest } from "./manifest.ts";
import { getPages } from "./pages.ts";
import { getTags } from "./tags.ts";

// What registries without the API answer; the API itself answers 200, with no entries if need be.
const NO_API = [400, 404, 405, 406, 501];

/** Creates a function that lists referrers, and remembers whether the registry has the API. */
export function createReferrersReader(of: Session) {
  let hasApi = true;
  return async (subject: Digest): Promise<readonly Descriptor[]> => {
    if (hasApi) {
      try {
        return await getReferrers(of, subject);
      } catch (error) {
        if (!isAnswer(error, ...NO_API)) throw error;
        hasApi = false;
      }
    }
    const listed = await getFallbackReferrers(of, subject);
    return await mapLimited(listed, AT_A_TIME, (referrer) => completeType(of, referrer));
  };
}

const AT_A_TIME = 4;

/**
 * Returns the referrer with the artifact type of its manifest, where the list does not say it: cosign
 * writes the config's type there, which is that of all artifacts without one.
 */
async function completeType(of: Session, referrer: Descriptor): Promise<Descriptor> {
  if (referrer.artifactType && referrer.artifactType !== EMPTY_CONFIG) return referrer;
  try {
    const bytes = await readContent(await getManifest(of, referrer.digest), MAX_DOCUMENT);
    const json: unknown = JSON.parse(bytes.toString());
    const type = isObject(json) ? json["artifactType"] : undefined;
    return typeof type === "string" ? { ...referrer, artifactType: type } : referrer;
  } catch (error) {
    if (isAnswered(error) || error instanceof SyntaxError) return referrer;
    throw error;
  }
}

async function getReferrers(of: Session, subject: Digest): Promise<Descriptor[]> {
  return await getPages(of, {
    what: "referrers",
    to: `referrers/${subject}`,
    headers: { accept: MEDIA_TYPES.oci.index },
    parse: (value, what) => checkShape(indexSchema, value, what).manifests.map(descriptorOf),
    sizeOf: (descriptor) => encodeJson(descriptor).length,
  });
}

/** Gets the referrers that the index under the subject's tag lists. */
export async function getFallbackReferrers(
  of: Session,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  try {
    return await readReferrers(await getManifest(of, fallbackTagOf(subject)), subject);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

// What cosign writes, for registries that do not let everybody list tags.
const SUFFIXES = [".sig", ".att", ".sbom"];

/** Creates a function that lists the tags made of a digest and a suffix; tags are listed once. */
export function createDigestTagsReader(of: Session) {
  let all: Promise<readonly string[] | undefined> | undefined;
  return async (subject: Digest): Promise<readonly ListedImage[]> => {
    if (!isDigest(subject)) return [];
    const prefix = fallbackTagOf(subject);
    const tags = await (all ??= listTagsIfAllowed(of));
    const found = tags?.filter((tag) => isDigestTag(tag) && tag.startsWith(prefix)) ??
      await keepThere(of, SUFFIXES.map((suffix) => prefix + suffix));
    return found.map((tag) => ({ select: tag, name: tag }));
  };
}

async function listTagsIfAllowed(of: Session): Promise<readonly string[] | undefined> {
  try {
    return await getTags(of);
  } catch (error) {
    if (isAnswered(error)) return undefined;
    throw error;
  }
}

async function keepThere(of: Session, tags: readonly string[]): Promise<string[]> {
  const there: string[] = [];
  for (const tag of tags) {
    try {
      await headManifest(of, tag);
      there.push(tag);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return there;
}
