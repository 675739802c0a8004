/**
 * Notation's signatures: JWS with the chain of the signer's certificates.
 * @see https://github.com/notaryproject/specifications/blob/main/specs/signature-envelope-jws.md
 */
import { constants, type KeyObject, verify, X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import { checkShape } from "../../image/documents/schemas.ts";
import { parseJson } from "../../image/json.ts";
import { joinNames, signatureError, type TrustedCertificate } from "../trust.ts";

/** The artifact type. */
export const NOTATION = "application/vnd.cncf.notary.signature";
/** The media type of the envelope that is read here; the other is CBOR. */
export const JWS = "application/jose+json";

const SCHEME = "io.cncf.notary.signingScheme";
const EXPIRY = "io.cncf.notary.expiry";
/** The fields that a signer may demand to be understood, and that are. */
const UNDERSTOOD = [SCHEME, EXPIRY];

const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]*$/, "must be base64url"));
const envelopeSchema = z.looseObject({
  payload: base64url,
  protected: base64url,
  header: z.looseObject({ x5c: z.array(z.string()).check(z.minLength(1), z.maxLength(10)) }),
  signature: base64url,
});
const protectedSchema = z.looseObject({
  alg: z.string(),
  cty: z.literal("application/vnd.cncf.notary.payload.v1+json"),
  crit: z.array(z.string()),
  [SCHEME]: z.string(),
  [EXPIRY]: z.optional(z.string()),
});
const payloadSchema = z.looseObject({
  targetArtifact: z.looseObject({ mediaType: z.string(), digest: z.string(), size: z.number() }),
});

/**
 * Proves that an envelope signs the manifest, by one who is trusted: signature, chain of
 * certificates, all of them valid now.
 * @returns the name of the certificate that is trusted, and the signer's own.
 * @throws NixociError `REFUSED` for one that does not, `MALFORMED`, `UNSUPPORTED`.
 */
export async function checkEnvelope(
  bytes: Uint8Array,
  subject: Descriptor,
  trusted: readonly TrustedCertificate[],
  now = new Date(),
): Promise<string> {
  const envelope = checkShape(envelopeSchema, parseJson(bytes, "the signature"), "the signature");
  const head = decodePart(protectedSchema, envelope.protected);
  const chain = envelope.header.x5c.map(readCertificate);
  const name = await proveChain(chain, trusted, now);
  const signed = `${envelope.protected}.${envelope.payload}`;
  checkSignature(head.alg, signed, envelope.signature, chain[0]!);
  const unknown = head.crit.find((field) => !UNDERSTOOD.includes(field));
  if (unknown !== undefined || head[SCHEME] !== "notary.x509") {
    const what = unknown ?? head[SCHEME];
    throw new NixociError(
      "UNSUPPORTED",
      `it demands ${JSON.stringify(what)}, which is not known here`,
    );
  }
  const expiry = head[EXPIRY];
  if (expiry !== undefined && !(new Date(expiry) > now)) {
    throw signatureError(`it has expired at ${JSON.stringify(expiry)}`);
  }
  const { targetArtifact: target } = decodePart(payloadSchema, envelope.payload);
  const { digest, size, mediaType } = subject;
  if (target.digest !== digest || target.size !== size || target.mediaType !== mediaType) {
    throw signatureError(`it signs ${JSON.stringify(target.digest)}`);
  }
  return name;
}

function decodePart<T>(schema: z.ZodMiniType<T>, part: string): T {
  const what = "the signature";
  return checkShape(schema, parseJson(Buffer.from(part, "base64url"), what), what);
}

function readCertificate(text: string): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(text, "base64"));
  } catch {
    throw new NixociError("MALFORMED", "a certificate of the signature cannot be read");
  }
}

const ALGORITHM = /^(ES|PS)(256|384|512)$/;

function checkSignature(
  algorithm: string,
  signed: string,
  signature: string,
  { publicKey }: X509Certificate,
): void {
  const [, kind, bits] = ALGORITHM.exec(algorithm) ?? [];
  if (kind === undefined) {
    throw new NixociError("UNSUPPORTED", `its algorithm is ${JSON.stringify(algorithm)}`);
  }
  const isFit = publicKey.asymmetricKeyType === (kind === "ES" ? "ec" : "rsa");
  const how = kind === "ES"
    ? { key: publicKey, dsaEncoding: "ieee-p1363" as const }
    : { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(bits) / 8 };
  const bytes = Buffer.from(signature, "base64url");
  if (isFit && isValid(`sha${bits}`, Buffer.from(signed), how, bytes)) return;
  throw signatureError("it was not made with its certificate's key, or is changed");
}

type HowToVerify = { readonly key: KeyObject } & Parameters<typeof verify>[2];

function isValid(hash: string, signed: Buffer, how: HowToVerify, signature: Buffer): boolean {
  try {
    return verify(hash, signed, how, signature);
  } catch {
    return false;
  }
}

/** Proves a chain, and what it is for; whatever runtimes throw at strange certificates says no more. */
async function proveChain(
  chain: readonly X509Certificate[],
  trusted: readonly TrustedCertificate[],
  now: Date,
): Promise<string> {
  try {
    const name = checkChain(chain, trusted, now);
    await checkUsage(chain[0]!);
    return name;
  } catch (error) {
    if (error instanceof NixociError) throw error;
    throw new NixociError("MALFORMED", "a certificate of the signature cannot be read", {
      cause: error,
    });
  }
}

/** Proves a chain, the signer's certificate first. @returns the name of what is trusted of it. */
function checkChain(
  chain: readonly X509Certificate[],
  trusted: readonly TrustedCertificate[],
  now: Date,
): string {
  for (const [i, certificate] of chain.entries()) {
    checkDates(certificate, now);
    const issuer = chain[i + 1];
    if (issuer === undefined) continue;
    if (!issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw signatureError("a certificate of it is not issued by the one above it");
    }
  }
  const found = trusted.find(({ certificate }) =>
    chain.some(({ raw }) => raw.equals(certificate.raw))
  );
  if (found !== undefined) return found.name;
  throw signatureError(`${joinNames(trusted)} is not among its certificates`);
}

// The extension of extended key usages, and that of signing code.
const EXTENDED_USAGES = "2.5.29.37";
const CODE_SIGNING = "1.3.6.1.5.5.7.3.3";

/** Proves that a certificate is for code, where it says what for: Deno's own reader does not tell. */
async function checkUsage({ raw }: X509Certificate): Promise<void> {
  const core = await import("@sigstore/core");
  const extension = core.X509Certificate.parse(raw).extension(EXTENDED_USAGES);
  if (extension === undefined) return;
  const usages = extension.valueObj.subs[0]?.subs.map((usage) => usage.toOID()) ?? [];
  if (!usages.includes(CODE_SIGNING)) {
    throw signatureError("its certificate is not for signing code");
  }
}

function checkDates({ validFrom, validTo, subject }: X509Certificate, now: Date): void {
  if (new Date(validFrom) <= now && now <= new Date(validTo)) return;
  const name = JSON.stringify(subject?.replaceAll("\n", ", "));
  throw signatureError(`the certificate of ${name} is valid from ${validFrom} to ${validTo} only`);
}
