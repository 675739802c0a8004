/**
 * Referrers: manifests whose `subject` is another one, such as signatures and SBOMs. Values only;
 * asking for them and storing them is the transports' part.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
import { algorithmOf, type Digest, encodedOf, isDigest } from "../bytes/digest.ts";
import { type Content, contentOf, readContent } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { descriptorOf, parseIndex } from "./documents/documents.ts";
import { encodeJson, MAX_DOCUMENT } from "./json.ts";
import { MEDIA_TYPES } from "./media-types.ts";

/** The fields of a manifest or index that its descriptor among the referrers repeats. */
export interface ReferrerFields {
  readonly artifactType?: string | undefined;
  readonly config?: Pick<Descriptor, "mediaType"> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | null | undefined;
}

/**
 * Returns the tag of the index of a subject's referrers, for registries without a referrers API:
 * `sha256-…`.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 * @example
 * ```ts
 * import { digestOf, fallbackTagOf } from "nixoci";
 * console.log(fallbackTagOf(digestOf(new Uint8Array()))); // sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
 * ```
 */
export function fallbackTagOf(subject: Digest): string {
  return `${algorithmOf(subject)}-${encodedOf(subject).slice(0, 64)}`;
}

/** Tells whether a name is the one that {@link fallbackTagOf} gives, of whatever digest. */
export function isFallbackTag(name: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}$/.test(name);
}

/**
 * Tells whether a name is made of a digest and a suffix, as cosign's are: `sha256-….sig`. Such names
 * are tags: nothing that has another one behind a colon is.
 */
export function isDigestTag(name: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}\.[\w.-]*$/.test(name);
}

/** Tells whether a tag only belongs to another image: a digest tag, or the fallback tag of its referrers. */
export function isAttachedTag(name: string): boolean {
  return isDigestTag(name) || isFallbackTag(name);
}

/** Reads the digest of a manifest's subject, if it has one. */
export function subjectOf(bytes: Uint8Array): Digest | undefined {
  const json = JSON.parse(Buffer.from(bytes).toString()) as { subject?: { digest?: unknown } };
  const digest = json.subject?.digest;
  return isDigest(digest) ? digest : undefined;
}

/**
 * Reads the list of referrers under a fallback tag. It is one only if it is an index, and not the
 * subject itself: some registries take the tag for the digest that it is made of.
 */
export async function readReferrers(
  list: Content,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const { digest, mediaType } = list.descriptor;
  if (digest === subject || mediaType !== MEDIA_TYPES.oci.index) return [];
  const bytes = await readContent(list, MAX_DOCUMENT);
  return parseIndex(bytes, `the referrers ${digest}`).manifests.map(descriptorOf);
}

/**
 * Returns a manifest's artifact type: its own, or else its config's media type.
 * @example
 * ```ts
 * import { artifactTypeOf } from "nixoci";
 * console.log(artifactTypeOf({ config: { mediaType: "application/vnd.example.sbom" } })); // application/vnd.example.sbom
 * ```
 */
export function artifactTypeOf({ artifactType, config }: ReferrerFields): string | undefined {
  return artifactType || config?.mediaType;
}

/**
 * Returns the descriptor of a manifest as lists of referrers have it: with its artifact type and its
 * annotations.
 * @param json the manifest that the descriptor names.
 * @example
 * ```ts
 * import { contentOf, referrerOf } from "nixoci";
 * const json = { artifactType: "application/vnd.example.sbom", annotations: { by: "me" } };
 * const manifest = contentOf("application/json", new TextEncoder().encode(JSON.stringify(json)));
 * console.log(referrerOf(manifest.descriptor, json).annotations); // { by: 'me' }
 * ```
 */
export function referrerOf(manifest: Descriptor, json: ReferrerFields): Descriptor {
  const { mediaType, digest, size } = manifest;
  const annotations = json.annotations ?? undefined;
  return { mediaType, digest, size, artifactType: artifactTypeOf(json), annotations };
}

/**
 * Creates the index that lists referrers, in the order given.
 * @example
 * ```ts
 * import { createReferrersIndex } from "nixoci";
 * console.log(createReferrersIndex([]).descriptor.mediaType); // application/vnd.oci.image.index.v1+json
 * ```
 */
export function createReferrersIndex(referrers: readonly Descriptor[]): Content {
  const mediaType = MEDIA_TYPES.oci.index;
  return contentOf(mediaType, encodeJson({ schemaVersion: 2, mediaType, manifests: referrers }));
}
