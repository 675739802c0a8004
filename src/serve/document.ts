/** The little that a registry reads of a manifest: what it names, and whom it refers to. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { isObject, parseJson } from "../image/json.ts";

/** The parts of a manifest that a registry needs. Any artifact's is let through whose descriptors have digests. */
export interface ManifestDocument {
  readonly mediaType: string | undefined;
  /** The digests of its config and layers, without layers that lie elsewhere (`urls`). */
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
  readonly subject: Digest | undefined;
  /** Its type, for those who look for referrers. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a manifest of whatever kind.
 * @throws NixociError `MALFORMED` when it is not an object with descriptors in the usual places.
 */
export function parsePushedManifest(bytes: Uint8Array): ManifestDocument {
  const value = parseJson(bytes, "the manifest");
  if (!isObject(value)) throw manifestError("it is not a JSON object");
  const { mediaType, config, layers, blobs, manifests, subject, artifactType, annotations } = value;
  if (mediaType !== undefined && !isMediaType(mediaType)) {
    throw manifestError("its mediaType is none");
  }
  if (manifests !== undefined && (config !== undefined || layers !== undefined)) {
    throw manifestError("it is both an image and an index");
  }
  const own = [...(config === undefined ? [] : [config]), ...listOf(layers), ...listOf(blobs)];
  return {
    mediaType,
    blobs: own.filter((one) => !(isObject(one) && Array.isArray(one["urls"]))).map(readNamedDigest),
    manifests: listOf(manifests).map(readNamedDigest),
    subject: subject === undefined || subject === null ? undefined : readNamedDigest(subject),
    artifactType: textOf(artifactType) ??
      (isObject(config) ? textOf(config["mediaType"]) : undefined),
    annotations: annotations === undefined || annotations === null
      ? undefined
      : readTexts(annotations),
  };
}

/** Returns the descriptor that lists a manifest among the referrers of its subject. */
export function pushedReferrerOf(
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

/**
 * Returns what a manifest is, by itself and by the Content-Type that it was sent with.
 * @throws NixociError `MALFORMED` when they disagree, or neither says it.
 */
export function pushedMediaTypeOf(document: ManifestDocument, sent: string | undefined): string {
  const [named = ""] = (sent ?? "").toLowerCase().split(/ *;/);
  if (named === "") {
    if (document.mediaType !== undefined) return document.mediaType;
    throw manifestError("neither it nor Content-Type says what it is");
  }
  if (document.mediaType !== undefined && document.mediaType.toLowerCase() !== named) {
    throw manifestError("its mediaType is not the Content-Type");
  }
  if (!isMediaType(named)) throw manifestError("its Content-Type is not a media type");
  return document.mediaType ?? named;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw manifestError("what should be a list of descriptors is none");
}

function readNamedDigest(value: unknown): Digest {
  if (isObject(value) && isDigest(value["digest"])) return value["digest"];
  throw manifestError("one of its descriptors has no digest");
}

// RFC 6838. It is sent as a header again, where anything else could mean more than a type.
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

function isMediaType(value: unknown): value is string {
  return typeof value === "string" && MEDIA_TYPE.test(value);
}

function readTexts(value: unknown): Readonly<Record<string, string>> {
  if (isObject(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Readonly<Record<string, string>>;
  }
  throw manifestError("its annotations are not texts");
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function manifestError(why: string): NixociError {
  return new NixociError("MALFORMED", `the manifest cannot be taken: ${why}`);
}
