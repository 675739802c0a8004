/** Manifests, read and deleted. */
import { isDigest } from "../../bytes/digest.ts";
import { isTag } from "../../image/reference.ts";
import { createProblem, type RegistryAnswer } from "../call.ts";
import { requireRepository, type RouteHandler, type Visit } from "../endpoint.ts";
import type { ServedRepository } from "../storage.ts";

/** Sends the manifest that a tag or digest names. */
export const getManifest: RouteHandler = requireRepository(async (visit, repository) => {
  const found = isReference(visit.argument)
    ? await repository.findManifest(visit.argument)
    : undefined;
  if (found === undefined) return createUnknownManifestAnswer(visit);
  const { mediaType, digest, size } = found.descriptor;
  return {
    status: 200,
    headers: {
      "content-type": mediaType,
      "content-length": `${size}`,
      "docker-content-digest": digest,
      etag: `"${digest}"`,
      warning: found.warning && `299 - ${JSON.stringify(found.warning)}`,
    },
    body: found.read(),
  };
});

/** Deletes a tag, or a manifest and all its tags. */
export const deleteManifest: RouteHandler = requireRepository(async (visit, repository) => {
  const isGone = await removeReference(repository, visit.argument);
  if (isGone === undefined) {
    return createProblem(405, "UNSUPPORTED", "manifests and tags cannot be deleted here");
  }
  return isGone ? { status: 202 } : createUnknownManifestAnswer(visit);
});

/** Deletes it and tells whether it was there; `undefined` when the storage cannot. */
async function removeReference(
  repository: ServedRepository,
  reference: string,
): Promise<boolean | undefined> {
  if (isDigest(reference)) return await repository.deleteManifest?.(reference);
  return isTag(reference) ? await repository.deleteTag?.(reference) : false;
}

/** Tells whether anything can be called so: what cannot is not there. */
function isReference(text: string): boolean {
  return isDigest(text) || isTag(text);
}

function createUnknownManifestAnswer({ name, argument }: Visit): RegistryAnswer {
  const reference = isReference(argument) ? argument : "of that name";
  return createProblem(404, "MANIFEST_UNKNOWN", `${name} has no manifest ${reference}`, { name });
}
