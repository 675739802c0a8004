/**
 * Takes tags and images away.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-tags
 */
import { randomUUID } from "node:crypto";
import { NixociError } from "../../../src/base/errors.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import { mapLimited } from "../../../src/bytes/flow/map.ts";
import { type Content, contentOf, readContent } from "../../../src/image/content.ts";
import { readIndex } from "../../../src/image/documents/load.ts";
import { encodeJson, MAX_DOCUMENT } from "../../../src/image/json.ts";
import { isIndex, MEDIA_TYPES } from "../../../src/image/media-types.ts";
import {
  createReferrersIndex,
  fallbackTagOf,
  isFallbackTag,
  subjectOf,
} from "../../../src/image/referrers.ts";
import type { CanRemove, Holder } from "../../../src/image/sink.ts";
import { type HttpFailure, isAnswer } from "../http/failure.ts";
import { describeManifest, getManifest, headManifest } from "../read/manifest.ts";
import { getFallbackReferrers } from "../read/referrers.ts";
import { getTags } from "../read/tags.ts";
import { isMissing, type Session } from "../session.ts";
import { pushBlob } from "./blob.ts";
import { pushManifest } from "./manifest.ts";
import { DONE } from "./upload.ts";
import { createWays } from "./ways.ts";

const AT_A_TIME = 6;

/** Creates the power to take things away from a repository. */
export function createRemover(to: Session): CanRemove {
  return {
    async removeName(tag) {
      const { digest } = await headManifest(to, tag);
      try {
        await sendDelete(to, tag);
      } catch (error) {
        if (!isAnswer(error, 400, 405, 501)) throw error;
        return await removeByStandIn(to, tag, error as HttpFailure);
      }
      await checkStays(to, digest);
    },
    async removeManifest(digest) {
      const manifest = await getManifest(to, digest);
      const subject = subjectOf(await readContent(manifest, MAX_DOCUMENT));
      await sendDelete(to, digest).catch((error) => {
        throw explainDelete(error, to);
      });
      if (subject !== undefined) await dropReferrer(to, subject, digest);
    },
    listHolders: (digest) => listHolders(to, digest),
  };
}

/** Takes a manifest that is gone out of the list of its subject, where nixoci keeps that. */
async function dropReferrer(to: Session, subject: Digest, gone: Digest): Promise<void> {
  const known = await getFallbackReferrers(to, subject);
  const left = known.filter(({ digest }) => digest !== gone);
  if (left.length === known.length) return;
  const lacking = await pushManifest(to, createReferrersIndex(left), fallbackTagOf(subject));
  if (lacking) throw lacking.error;
}

async function sendDelete(to: Session, reference: string): Promise<void> {
  const ask = { method: "DELETE", to: `manifests/${reference}`, expect: DONE };
  await to.ask(ask, (reply) => reply.discard());
}

/** Says what a refusal means; the registry's own words come first. */
function explainDelete(error: unknown, { endpoint: { host } }: Session): unknown {
  if (!isAnswer(error, 400, 405, 501)) return error;
  return new NixociError("REFUSED", `${host} does not let anything be deleted`, {
    cause: error,
    hint: "its operator has to allow it (distribution: storage.delete.enabled, and not " +
      "storage.maintenance.readonly; nixoci serve: --write), or has a way of its own",
  });
}

/** Says it when a registry has removed the image with one of its tags. */
async function checkStays(to: Session, digest: Digest): Promise<void> {
  try {
    await headManifest(to, digest);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const message =
      `the registry has removed ${digest} with its tag: other tags of it are gone, too`;
    to.retry.onNotice?.({ code: "WARNING", message });
  }
}

/**
 * Removes a tag where tags cannot be deleted, only manifests: the tag gets a manifest of its own,
 * which is then deleted. What the tag named before stays, with its other tags.
 */
async function removeByStandIn(to: Session, tag: string, refusal: HttpFailure): Promise<void> {
  const before = await getManifest(to, tag);
  const { manifest, config } = createStandIn();
  // Before anything changes: a registry that lets nothing be deleted says so of what is not there.
  await sendDelete(to, manifest.descriptor.digest).catch((error) => {
    if (!isMissing(error)) throw explainDelete(refusal, to);
  });
  await pushBlob(to, config, createWays(to.world));
  const lacking = await pushManifest(to, manifest, tag);
  if (lacking) throw lacking.error;
  try {
    await sendDelete(to, manifest.descriptor.digest);
  } catch (error) {
    await pushManifest(to, before, tag);
    throw explainDelete(error, to);
  }
}

function createStandIn(): { readonly manifest: Content; readonly config: Content } {
  const config = contentOf(MEDIA_TYPES.oci.config, Buffer.from("{}"));
  const mediaType = MEDIA_TYPES.oci.manifest;
  const annotations = { "nixoci.stands-in": randomUUID() };
  const json = { schemaVersion: 2, mediaType, config: config.descriptor, layers: [], annotations };
  const bytes = encodeJson(json);
  return { manifest: contentOf(mediaType, bytes), config };
}

/** Lists the tags that name a manifest, or an index that it is in. */
async function listHolders(to: Session, digest: Digest): Promise<Holder[]> {
  const holders = await mapLimited(await getTags(to), AT_A_TIME, async (tag) => {
    const found = await describeManifest(to, tag);
    if (found?.digest === digest) return [{ name: tag, isInside: false }];
    if (found !== undefined && !isIndex(found.mediaType)) return [];
    const manifest = await getIfThere(to, tag);
    if (manifest === undefined) return [];
    if (manifest.descriptor.digest === digest) return [{ name: tag, isInside: false }];
    // A list of referrers goes without those that are gone.
    if (isFallbackTag(tag)) return [];
    return await hasChild(to, manifest, digest, 0) ? [{ name: tag, isInside: true }] : [];
  });
  return holders.flat();
}

const MAX_DEPTH = 8;

async function hasChild(
  to: Session,
  manifest: Content,
  digest: Digest,
  depth: number,
): Promise<boolean> {
  if (!isIndex(manifest.descriptor.mediaType) || depth > MAX_DEPTH) return false;
  for (const child of (await readIndex(manifest)).manifests) {
    if (child.digest === digest) return true;
    if (!isIndex(child.mediaType)) continue;
    const inner = await getIfThere(to, child.digest);
    if (inner && await hasChild(to, inner, digest, depth + 1)) return true;
  }
  return false;
}

async function getIfThere(to: Session, reference: string): Promise<Content | undefined> {
  try {
    return await getManifest(to, reference);
  } catch (error) {
    if (isMissing(error)) return undefined; // a tag that is listed, and gone
    throw error;
  }
}
