/** Tells manifests and indexes apart, beyond doubt. */
import { NixociError } from "../../base/errors.ts";
import { isIndex, isManifest, SCHEMA1 } from "../media-types.ts";

/**
 * Returns the document's media type. The descriptor, the document itself and its shape must agree:
 * one that is a manifest to some and an index to others is refused (CVE-2021-41190).
 * @throws NixociError `MALFORMED` where they do not agree, `UNSUPPORTED` for Docker's schema 1.
 */
export function documentTypeOf(
  value: Record<string, unknown>,
  described: string,
  what: string,
): string {
  const { mediaType, schemaVersion, manifests, layers, config, fsLayers } = value;
  if (schemaVersion === 1 || fsLayers !== undefined || SCHEMA1.includes(described)) {
    throw new NixociError("UNSUPPORTED", `${what} is in Docker's schema 1, which is obsolete`, {
      hint: "push the image again with a current Docker, or convert it with an older skopeo",
    });
  }
  if (manifests !== undefined && (layers !== undefined || config !== undefined)) {
    throw new NixociError("MALFORMED", `${what} is both an image and an index`);
  }
  const shape = manifests === undefined ? "manifest" : "index";
  const isShape = shape === "index" ? isIndex : isManifest;
  const stated = isIndex(described) || isManifest(described) ? described : mediaType;
  if (mediaType !== undefined && mediaType !== stated) {
    throw new NixociError(
      "MALFORMED",
      `${what} says that it is ${JSON.stringify(mediaType)}, but was named as ${described}`,
    );
  }
  if (stated === undefined) {
    return `application/vnd.oci.image.${shape}.v1+json`;
  }
  if (typeof stated !== "string" || !isShape(stated)) {
    throw new NixociError(
      "UNSUPPORTED",
      `${what} is ${JSON.stringify(stated)}, which is not what its fields say (${shape})`,
    );
  }
  return stated;
}
