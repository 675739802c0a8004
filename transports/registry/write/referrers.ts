/**
 * Keeps the list of what refers to an image (signatures, SBOMs) where the registry keeps none: an
 * index under a tag that is made of the image's digest.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#unavailable-referrers-api
 */
import { isDigest } from "../../../src/bytes/digest.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { descriptorOf, parseIndex } from "../../../src/image/documents/documents.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { createReferrersIndex, fallbackTagOf, referrerOf } from "../../../src/image/referrers.ts";
import { getManifest } from "../read/manifest.ts";
import { isMissing, type Session } from "../session.ts";

/** Returns the index of the manifest's subject with the manifest added; none where it is in it. */
export async function addReferrer(
  to: Session,
  manifest: Content,
  bytes: Buffer,
): Promise<{ readonly index: Content; readonly tag: string } | undefined> {
  const json = JSON.parse(bytes.toString());
  if (!isDigest(json.subject?.digest)) return;
  const tag = fallbackTagOf(json.subject.digest);
  const known = await readReferrers(to, tag);
  const own = referrerOf(manifest.descriptor, json);
  if (known.some(({ digest }) => digest === own.digest)) return;
  return { index: createReferrersIndex([...known, own]), tag };
}

async function readReferrers(to: Session, tag: string): Promise<readonly Descriptor[]> {
  try {
    const index = await getManifest(to, tag);
    const what = `the index ${tag}`;
    return parseIndex(await readContent(index, MAX_DOCUMENT), what).manifests.map(descriptorOf);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
