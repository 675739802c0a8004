/**
 * What refers to an image (signatures, SBOMs), for registries that keep no account of it: an index
 * under a tag that is made of the image's digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api
 */
import { algorithmOf, type Digest, encodedOf, isDigest } from "../../../src/bytes/digest.ts";
import { bytesOf, type Content, contentOf } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { encodeJson, MAX_DOCUMENT, parseJson } from "../../../src/image/json.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { check, indexSchema } from "../../../src/image/schemas.ts";
import { getManifest } from "../read/manifest.ts";
import { isMissing, type Session } from "../session.ts";

/** Returns the index of the manifest's subject with the manifest added; none where it is in it. */
export async function addReferrer(
  to: Session,
  manifest: Content,
  bytes: Buffer,
): Promise<{ readonly index: Content; readonly tag: string } | undefined> {
  const { subject, artifactType, config, annotations } = JSON.parse(bytes.toString());
  if (!isDigest(subject?.digest)) return;
  const tag = fallbackTag(subject.digest);
  const known = await referrersAt(to, tag);
  const { mediaType, digest, size } = manifest.descriptor;
  if (known.some((one) => one.digest === digest)) return;
  const own: Descriptor = {
    mediaType,
    digest,
    size,
    artifactType: artifactType ?? config?.mediaType,
    ...(annotations && { annotations }),
  };
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.index,
    manifests: [...known, own],
  };
  return { index: contentOf(MEDIA_TYPES.oci.index, encodeJson(index)), tag };
}

/** `sha256-…`: a digest as a tag. */
function fallbackTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${encodedOf(digest).slice(0, 64)}`;
}

async function referrersAt(to: Session, tag: string): Promise<readonly Descriptor[]> {
  try {
    const index = await getManifest(to, tag);
    const what = `the index ${tag}`;
    return check(indexSchema, parseJson(await bytesOf(index, MAX_DOCUMENT), what), what).manifests;
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
