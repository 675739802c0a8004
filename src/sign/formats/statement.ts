/**
 * Bundles: what cosign 3 attaches to an image, a statement of in-toto in an envelope (DSSE) with what
 * it takes to verify it.
 * @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
import type { KeyObject } from "node:crypto";
import * as z from "zod/mini";
import { createArtifact } from "../../artifact/create.ts";
import { NixociError } from "../../base/errors.ts";
import { algorithmOf, encodedOf } from "../../bytes/digest.ts";
import { contentOf } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { checkShape } from "../../image/documents/schemas.ts";
import { MAX_DOCUMENT, parseJson } from "../../image/json.ts";
import type { Artifact } from "../../image/root.ts";
import { hintOf, signBytes } from "../keys/algorithm.ts";

/** The artifact type, and the media type of the bundle itself. */
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const STATEMENT = "https://in-toto.io/Statement/v1";
const PAYLOAD = "application/vnd.in-toto+json";
/** The predicate of a statement that says no more than that an image is signed. */
const SIGNED = "https://sigstore.dev/cosign/sign/v1";
const PREDICATE = "dev.sigstore.bundle.predicateType";

/** An envelope, and what a bundle says beside it of who signed. */
export interface SignedStatement {
  readonly payload: Buffer;
  readonly signatures: readonly Buffer[];
  /** It is signed by a certificate, and not by a key alone. */
  readonly hasCertificate: boolean;
}

/** Tells whether a referrer may be a bundle that signs an image, and no attestation. */
export function isSigningBundle({ artifactType, annotations }: Descriptor): boolean {
  if (!artifactType?.startsWith("application/vnd.dev.sigstore.bundle")) return false;
  return [undefined, "", SIGNED].includes(annotations?.[PREDICATE]);
}

/** Signs an image, and creates the artifact that says so, as cosign does but without a time. */
export function createBundle(
  subject: Descriptor,
  key: KeyObject,
  publicKey: KeyObject,
  annotations: Readonly<Record<string, string>> = {},
): Artifact {
  const { digest } = subject;
  const payload = Buffer.from(JSON.stringify({
    _type: STATEMENT,
    subject: [{
      digest: { [algorithmOf(digest)]: encodedOf(digest) },
      ...hasAny(annotations) && { annotations },
    }],
    predicateType: SIGNED,
    predicate: {},
  }));
  const bundle = {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: hintOf(publicKey) } },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType: PAYLOAD,
      signatures: [{ sig: signBytes(encodeForSigning(payload), key).toString("base64") }],
    },
  };
  return createArtifact({
    type: BUNDLE,
    blobs: [contentOf(BUNDLE, Buffer.from(JSON.stringify(bundle)))],
    subject,
    annotations: { "dev.sigstore.bundle.content": "dsse-envelope", [PREDICATE]: SIGNED },
  });
}

function hasAny(values: object): boolean {
  return Object.keys(values).length > 0;
}

/** Encodes what is signed of an envelope: its type and its payload, with their lengths. */
export function encodeForSigning(payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${PAYLOAD.length} ${PAYLOAD} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64"));
const bundleSchema = z.looseObject({
  mediaType: z.string().check(
    z.regex(/^application\/vnd\.dev\.sigstore\.bundle[.+]/, "must be a bundle of sigstore"),
  ),
  verificationMaterial: z.looseObject({ publicKey: z.optional(z.unknown()) }),
  dsseEnvelope: z.optional(z.looseObject({
    payload: base64,
    payloadType: z.string(),
    signatures: z.array(z.looseObject({ sig: base64 })),
  })),
  messageSignature: z.optional(z.unknown()),
});

/** Parses a bundle. @throws NixociError `MALFORMED`, `UNSUPPORTED` for one without a statement. */
export function parseBundle(bytes: Uint8Array, what: string): SignedStatement {
  const bundle = checkShape(bundleSchema, parseJson(bytes, what), what);
  const { dsseEnvelope: envelope, messageSignature, verificationMaterial } = bundle;
  // Of a bundle with both, Sigstore's library would verify the one, and we believe the other.
  if (envelope?.payloadType !== PAYLOAD || messageSignature !== undefined) {
    throw new NixociError(
      "UNSUPPORTED",
      `${what} has not a statement of in-toto, and that alone, in it`,
    );
  }
  return {
    payload: Buffer.from(envelope.payload, "base64"),
    signatures: envelope.signatures.map(({ sig }) => Buffer.from(sig, "base64")),
    hasCertificate: verificationMaterial.publicKey === undefined,
  };
}

const statementSchema = z.looseObject({
  _type: z.string().check(z.regex(/^https:\/\/in-toto\.io\/Statement\/v/, "must be a statement")),
  subject: z.array(z.looseObject({
    digest: z.record(z.string(), z.string()),
    annotations: z.nullish(z.record(z.string(), z.unknown())),
  })),
  predicateType: z.string(),
});

/** An image that a statement signs. */
export interface StatementSubject {
  readonly digests: readonly string[];
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

/** Reads which images a statement signs. @throws NixociError `MALFORMED`, `UNSUPPORTED`. */
export function readSubjects(payload: Uint8Array, what: string): StatementSubject[] {
  const maps = ["digest", "predicate"];
  const json = parseJson(payload, what, { maxBytes: MAX_DOCUMENT, maps });
  const { subject, predicateType } = checkShape(statementSchema, json, what);
  if (predicateType !== SIGNED) {
    const message = `${what} attests ${JSON.stringify(predicateType)}, and signs nothing`;
    throw new NixociError("UNSUPPORTED", message);
  }
  return subject.map(({ digest, annotations }) => ({
    digests: Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`),
    annotations: annotations ?? undefined,
  }));
}
