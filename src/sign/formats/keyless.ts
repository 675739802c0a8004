/** Verifies signatures without a key, offline: a certificate of some minutes, and a log that saw it. */
import { NixociError, reasonOf } from "../../base/errors.ts";
import { createHash, generateKeyPairSync, sign, verify, X509Certificate } from "node:crypto";
import { isObject, parseJson } from "../../image/json.ts";
import { type KeylessTrust, signatureError } from "../trust.ts";
import { CERTIFICATE, CHAIN, LOG_ENTRY, SIGNATURE } from "./simple.ts";

/** A bundle as JSON has it, and the bytes that are signed where they are not in it. */
export interface KeylessEntity {
  readonly bundle: unknown;
  readonly signed?: Buffer | undefined;
}

/**
 * Proves that a signature is by an identity that is trusted: the certificate is of the root's
 * authorities, valid when one of its logs or its timestamps saw the signature, and named so. Logs of
 * certificates, and of signatures, are demanded where the root has some. Nothing is fetched.
 * @throws NixociError `REFUSED` for a signature that is not good, `MALFORMED` for a root that is none.
 */
export async function checkKeyless(
  { bundle, signed }: KeylessEntity,
  { root, identity, issuer }: KeylessTrust,
): Promise<void> {
  const [{ bundleFromJSON }, { toSignedEntity, toTrustMaterial, Verifier }, { TrustedRoot }] =
    await Promise.all([
      import("@sigstore/bundle"),
      import("@sigstore/verify"),
      import("@sigstore/protobuf-specs"),
    ]);
  const material = runReading("the trusted root", () => {
    const json = parseJson(root, "it");
    if (!isObject(json)) throw new NixociError("MALFORMED", "it is not an object");
    return toTrustMaterial(TrustedRoot.fromJSON(json));
  });
  const entity = runReading("the signature", () => toSignedEntity(bundleFromJSON(bundle), signed));
  const verifier = new Verifier(material, {
    ctlogThreshold: Math.min(material.ctlogs.length, 1),
    tlogThreshold: Math.min(material.tlogs.length, 1),
  });
  let signer;
  try {
    signer = verifier.verify(entity);
  } catch (error) {
    throw signatureError(reasonsOf(error).join(": "));
  }
  const { subjectAlternativeName, extensions } = signer.identity ?? {};
  if (subjectAlternativeName !== identity) {
    throw signatureError(
      `it is by ${quoteName(subjectAlternativeName)}, not by ${quoteName(identity)}`,
    );
  }
  if (extensions?.issuer !== issuer) {
    throw signatureError(
      `${quoteName(extensions?.issuer)} vouches for it, not ${quoteName(issuer)}`,
    );
  }
}

/**
 * Proves that this runtime can verify signatures whose hash follows from their key, as sigstore's
 * library has it.
 * @throws NixociError `UNSUPPORTED`: Deno cannot.
 */
export function checkKeylessRuntime(): void {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const bytes = Buffer.from("any");
  try {
    if (verify(undefined, bytes, publicKey, sign("sha256", bytes, privateKey))) return;
  } catch {
    // Said below.
  }
  const message = "this runtime cannot verify signatures without a key";
  throw new NixociError("UNSUPPORTED", message, { hint: "run it on Node" });
}

function quoteName(name: string | undefined): string {
  return name === undefined ? "nobody" : JSON.stringify(name);
}

function runReading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new NixociError("MALFORMED", `${what} cannot be read: ${reasonOf(error)}`);
  }
}

/** Returns what a failure and its causes say. */
function reasonsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  return [error.message, ...reasonsOf(error.cause)];
}

/** Makes the layer of a simple signature what sigstore's library reads: a bundle of its first version. */
export function readKeylessLayer(
  payload: Buffer,
  annotations: Readonly<Record<string, string>>,
): KeylessEntity {
  const digest = createHash("sha256").update(payload).digest("base64");
  const bundle = {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      x509CertificateChain: {
        certificates: readCertificates(annotations).map((rawBytes) => ({ rawBytes })),
      },
      tlogEntries: annotations[LOG_ENTRY] === undefined ? [] : [readEntry(annotations[LOG_ENTRY])],
    },
    messageSignature: {
      messageDigest: { algorithm: "SHA2_256", digest },
      signature: annotations[SIGNATURE],
    },
  };
  return { bundle, signed: payload };
}

function readCertificates(annotations: Readonly<Record<string, string>>): string[] {
  const pem = `${annotations[CERTIFICATE]}\n${annotations[CHAIN] ?? ""}`;
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return found.slice(0, 10).map((one) => {
    try {
      return new X509Certificate(one).raw.toString("base64");
    } catch {
      throw new NixociError("MALFORMED", "its certificate cannot be read");
    }
  });
}

/** Reads the log's entry, with the log's promise to keep it. */
function readEntry(text: string): unknown {
  const entry = parseJson(Buffer.from(text), "the log's entry");
  const { SignedEntryTimestamp, Payload } = isObject(entry) ? entry : {};
  const { body, integratedTime, logIndex, logID } = isObject(Payload) ? Payload : {};
  const decoded = parseJson(Buffer.from(`${body}`, "base64"), "the log's entry");
  const { kind, apiVersion } = isObject(decoded) ? decoded : {};
  return {
    logIndex: `${logIndex}`,
    logId: { keyId: Buffer.from(`${logID}`, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: `${integratedTime}`,
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: body,
  };
}
