/** Manifests pushed: by a tag or a digest, once all that they name is there. */
import { algorithmOf, createHasher, type Digest, isDigest } from "../../bytes/digest.ts";
import { collectStream, streamBytes } from "../../bytes/stream.ts";
import { codeOf, reasonOf } from "../../base/errors.ts";
import { content } from "../../image/content.ts";
import { isTag } from "../../image/reference.ts";
import {
  createJsonAnswer,
  createProblem,
  type RegistryAnswer,
  type RegistryCall,
} from "../call.ts";
import { type ManifestDocument, parsePushedManifest, pushedMediaTypeOf } from "../document.ts";
import { requirePushable, type RouteHandler } from "../endpoint.ts";
import type { ServedRepository } from "../storage.ts";

// More tags in one request are more than anybody names by hand.
const MAX_TAGS = 100;

/** Takes a manifest byte for byte. */
export const putManifest: RouteHandler = requirePushable(async (visit, repository) => {
  const { call, name, argument, limits } = visit;
  const tags = tagsOf(call, argument);
  if (tags === undefined) {
    return createProblem(400, "MANIFEST_INVALID", "a tag or digest is malformed");
  }
  const bytes = await readManifest(call, limits.manifest);
  if (bytes === undefined) {
    return createProblem(413, "SIZE_INVALID", `a manifest has at most ${limits.manifest} bytes`);
  }
  const digest = parseDigestLike(argument, bytes);
  if (isDigest(argument) && digest !== argument) {
    return createProblem(400, "DIGEST_INVALID", `the manifest hashes to ${digest}`);
  }
  const manifest = readDocument(call, bytes);
  if ("status" in manifest) return manifest;
  const { document, mediaType } = manifest;
  const missing = await findMissing(repository, document);
  if (missing.length > 0) return listLacking(missing);
  const descriptor = { mediaType, digest, size: bytes.length };
  const needed = [...document.blobs, ...document.manifests];
  await repository.putManifest(content(descriptor, () => streamBytes(bytes)), tags, needed);
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      "oci-subject": document.subject,
      "oci-tag": isDigest(argument) && tags.length > 0 ? tags.join(", ") : undefined,
    },
  };
});

/** Returns the tags that it gets: the reference, or of one pushed by digest those in the query. */
function tagsOf({ url }: RegistryCall, reference: string): readonly string[] | undefined {
  const tags = isDigest(reference) ? [...new Set(url.searchParams.getAll("tag"))] : [reference];
  return tags.length <= MAX_TAGS && tags.every(isTag) ? tags : undefined;
}

/** Reads the whole manifest; `undefined` when it is too large. */
async function readManifest(call: RegistryCall, limit: number): Promise<Buffer | undefined> {
  if (Number(call.headers["content-length"] ?? 0) > limit) return undefined;
  try {
    return await collectStream(call.body, limit, "the manifest");
  } catch (error) {
    if (codeOf(error) === "LIMIT") return undefined;
    throw error;
  }
}

/** Reads what it says, and of what type it is; the answer to one that says nothing of use. */
function readDocument(
  { headers }: RegistryCall,
  bytes: Uint8Array,
): { readonly document: ManifestDocument; readonly mediaType: string } | RegistryAnswer {
  try {
    const document = parsePushedManifest(bytes);
    return { document, mediaType: pushedMediaTypeOf(document, headers["content-type"]) };
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return createProblem(400, "MANIFEST_INVALID", reasonOf(error));
  }
}

/** Computes the manifest's digest, of the algorithm that the client has named it by. */
function parseDigestLike(reference: string, bytes: Uint8Array): Digest {
  const hash = createHasher(isDigest(reference) ? algorithmOf(reference) : "sha256");
  hash.update(bytes);
  return hash.digest();
}

/** Finds what the manifest names and the repository lacks. Its subject may come later. */
async function findMissing(
  repository: ServedRepository,
  { blobs, manifests }: ManifestDocument,
): Promise<Digest[]> {
  const missing: Digest[] = [];
  for (const digest of new Set(blobs)) {
    if (await repository.findBlob(digest) === undefined) missing.push(digest);
  }
  for (const digest of new Set(manifests)) {
    if (await repository.findManifest(digest) === undefined) missing.push(digest);
  }
  return missing;
}

function listLacking(missing: readonly Digest[]): RegistryAnswer {
  const errors = missing.map((digest) => ({
    code: "MANIFEST_BLOB_UNKNOWN",
    message: `the manifest names ${digest}, which is not there`,
    detail: { digest },
  }));
  return createJsonAnswer(404, { errors });
}
