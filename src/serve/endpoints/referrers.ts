/** Manifests that refer to another one: signatures, SBOMs, attestations. */
import { MEDIA_TYPES } from "../../image/media-types.ts";
import { createJsonAnswer } from "../call.ts";
import { requireDigest, type RouteHandler } from "../endpoint.ts";

/**
 * Lists the manifests whose subject is the digest. None is no error, nor is a repository that is not
 * there: to clients, 404 means that the registry cannot list referrers at all.
 */
export const listReferrers: RouteHandler = requireDigest(
  async ({ call, storage, name }, digest) => {
    const type = call.url.searchParams.get("artifactType");
    const repository = await storage.findRepository(name);
    const all = await repository?.listReferrers(digest) ?? [];
    const manifests = type === null ? all : all.filter((one) => one.artifactType === type);
    const mediaType = MEDIA_TYPES.oci.index;
    return createJsonAnswer(200, { schemaVersion: 2, mediaType, manifests }, {
      "content-type": mediaType,
      "oci-filters-applied": type === null ? undefined : "artifactType",
    });
  },
);
