/** The little that a registry reads of a manifest: what it names, and whom it refers to. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { isObject, parseJson } from "../image/json.ts";
import { isIndex, isManifest } from "../image/media-types.ts";

/** What stands in a manifest. Any artifact's is let through whose descriptors have digests. */
export interface ManifestDocument {
  readonly mediaType: string | undefined;
  /** The digests of its config and layers, without layers that lie elsewhere (`urls`). */
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
  readonly subject: Digest | undefined;
  /** What it is, for those who look for referrers. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a manifest of whatever kind.
 * @throws NixociError `MALFORMED` when it is not an object with descriptors in the usual places.
 */
export function parseDocument(bytes: Uint8Array): ManifestDocument {
  const value = parseJson(bytes, "the manifest");
  if (!isObject(value)) throw malformed("it is not a JSON object");
  const { mediaType, config, layers, blobs, manifests, subject, artifactType, annotations } = value;
  if (mediaType !== undefined && typeof mediaType !== "string") throw malformed("mediaType");
  const own = [...(config === undefined ? [] : [config]), ...listOf(layers), ...listOf(blobs)];
  return {
    mediaType,
    blobs: own.filter((one) => !(isObject(one) && Array.isArray(one["urls"]))).map(digestIn),
    manifests: listOf(manifests).map(digestIn),
    subject: subject === undefined || subject === null ? undefined : digestIn(subject),
    artifactType: textOf(artifactType) ??
      (isObject(config) ? textOf(config["mediaType"]) : undefined),
    annotations: isObject(annotations)
      ? annotations as Readonly<Record<string, string>>
      : undefined,
  };
}

/** The descriptor by which a manifest is listed among the referrers of its subject. */
export function referrerOf(
  { mediaType, digest, size }: Descriptor,
  { artifactType, annotations }: ManifestDocument,
): Descriptor {
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  };
}

/** The media type of a manifest that came with none: what its document says or looks like. */
export function mediaTypeOf(document: ManifestDocument, sent: string | undefined): string {
  const [named = ""] = (sent ?? "").toLowerCase().split(/ *;/);
  if (named === "") {
    if (document.mediaType !== undefined) return document.mediaType;
    throw malformed("neither it nor Content-Type says what it is");
  }
  if (document.mediaType !== undefined && document.mediaType.toLowerCase() !== named) {
    throw malformed("its mediaType is not the Content-Type");
  }
  const isMixed = document.manifests.length > 0 && document.blobs.length > 0;
  if (isMixed && (isIndex(named) || isManifest(named))) {
    throw malformed("it is both an image and an index");
  }
  return document.mediaType ?? named;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw malformed("what should be a list of descriptors is none");
}

function digestIn(value: unknown): Digest {
  if (isObject(value) && isDigest(value["digest"])) return value["digest"];
  throw malformed("one of its descriptors has no digest");
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function malformed(why: string): NixociError {
  return new NixociError("MALFORMED", `the manifest cannot be taken: ${why}`);
}
