/**
 * Referrers: manifests whose `subject` is another one, such as signatures and SBOMs. Values only;
 * asking for them and storing them is the transports' part.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
import { algorithmOf, type Digest, encodedOf } from "../bytes/digest.ts";
import { type Content, contentOf } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import { encodeJson } from "./json.ts";
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
