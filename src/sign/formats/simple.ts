/**
 * Simple signing: cosign's older signatures, which a tag made of the image's digest leads to. A layer
 * is a payload that names the image, its annotation the signature.
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @see https://github.com/containers/image/blob/main/docs/containers-signature.5.md
 */
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import type { Digest } from "../../bytes/digest.ts";
import { type Content, contentOf } from "../../image/content.ts";
import { checkShape } from "../../image/documents/schemas.ts";
import { encodeJson, parseJson } from "../../image/json.ts";
import { MEDIA_TYPES } from "../../image/media-types.ts";
import { fallbackTagOf } from "../../image/referrers.ts";
import type { Artifact } from "../../image/root.ts";

/** The media type of a payload. */
export const SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json";
/** The annotation of a layer that is its signature, in base64. */
export const SIGNATURE = "dev.cosignproject.cosign/signature";
/** The annotations of signatures without a key: a certificate in PEM, those above it, and the log's entry. */
export const CERTIFICATE = "dev.sigstore.cosign/certificate";
export const CHAIN = "dev.sigstore.cosign/chain";
export const LOG_ENTRY = "dev.sigstore.cosign/bundle";

const TYPE = "cosign container image signature";

/** The content that is signed: which image, under which name. */
export interface SimplePayload {
  readonly digest: string;
  /** The name that the signer gave it, a repository's with cosign. */
  readonly repository: string;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

/** Returns the tag of an image's signatures: `sha256-….sig`. */
export function signatureTagOf(subject: Digest): string {
  return `${fallbackTagOf(subject)}.sig`;
}

/** Encodes what is signed, byte for byte as cosign does. */
export function encodePayload({ digest, repository, annotations }: SimplePayload): Buffer {
  const optional = annotations === undefined || Object.keys(annotations).length === 0
    ? null
    : Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => a < b ? -1 : 1));
  return Buffer.from(JSON.stringify({
    critical: {
      identity: { "docker-reference": repository },
      image: { "docker-manifest-digest": digest },
      type: TYPE,
    },
    optional,
  }));
}

const payloadSchema = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ "docker-reference": z.string() }),
    image: z.strictObject({ "docker-manifest-digest": z.string() }),
    type: z.literal(TYPE),
  }),
  optional: z.nullish(z.record(z.string(), z.unknown())),
});

/** Parses what was signed. @throws NixociError `MALFORMED` for anything else, however little. */
export function parsePayload(bytes: Uint8Array, what: string): SimplePayload {
  const value = parseJson(bytes, what, { maxBytes: MAX_PAYLOAD, maps: ["optional"] });
  const { critical, optional } = checkShape(payloadSchema, value, what);
  return {
    digest: critical.image["docker-manifest-digest"],
    repository: critical.identity["docker-reference"],
    annotations: optional ?? undefined,
  };
}

/** The most bytes of what is signed. */
export const MAX_PAYLOAD = 1024 * 1024;

/** Makes a payload and its signature a layer. */
export function createSignatureLayer(payload: Uint8Array, signature: Uint8Array): Content {
  const made = contentOf(SIMPLE, payload);
  const annotations = { [SIGNATURE]: Buffer.from(signature).toString("base64") };
  return { ...made, descriptor: { ...made.descriptor, annotations } };
}

const NO_TIME = "0001-01-01T00:00:00Z";

/** Creates what the tag names: cosign has it an image of such layers, of no platform and no time. */
export function createSignatureManifest(layers: readonly Content[]): Artifact {
  const config = contentOf(
    MEDIA_TYPES.oci.config,
    encodeJson({
      architecture: "",
      created: NO_TIME,
      history: layers.map(() => ({ created: NO_TIME })),
      os: "",
      rootfs: { type: "layers", diff_ids: layers.map(({ descriptor }) => descriptor.digest) },
      config: {},
    }),
  );
  const mediaType = MEDIA_TYPES.oci.manifest;
  const manifest = contentOf(
    mediaType,
    encodeJson({
      schemaVersion: 2,
      mediaType,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  );
  return { kind: "artifact", manifest, blobs: [config, ...layers] };
}

/** Returns the layers of what the tag names. @throws NixociError `MALFORMED`. */
export function signatureLayersOf(artifact: Artifact): readonly Content[] {
  const layers = artifact.blobs.filter(({ descriptor }) => descriptor.mediaType === SIMPLE);
  if (layers.length <= MAX_SIGNATURES) return layers;
  const { digest } = artifact.manifest.descriptor;
  throw new NixociError("LIMIT", `${digest} has more than ${MAX_SIGNATURES} signatures`);
}

/** The most signatures of one image that are looked at. */
export const MAX_SIGNATURES = 200;
