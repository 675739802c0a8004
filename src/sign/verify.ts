/** Verifies the signatures of a manifest where it is. */
import { codeOf, ignoreAbsent, NixociError, reasonOf } from "../base/errors.ts";
import type { Digest } from "../bytes/digest.ts";
import { type Content, readContent } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { MAX_DOCUMENT, parseJson } from "../image/json.ts";
import type { Artifact, Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import { checkKeyless, checkKeylessRuntime, readKeylessLayer } from "./formats/keyless.ts";
import { checkEnvelope, JWS, NOTATION } from "./formats/notation.ts";
import {
  CERTIFICATE,
  MAX_PAYLOAD,
  MAX_SIGNATURES,
  parsePayload,
  SIGNATURE,
  signatureLayersOf,
  signatureTagOf,
} from "./formats/simple.ts";
import {
  encodeForSigning,
  isSigningBundle,
  parseBundle,
  readSubjects,
} from "./formats/statement.ts";
import { isSignedBy } from "./keys/algorithm.ts";
import { type ImageSignature, joinNames, signatureError, type SignatureTrust } from "./trust.ts";

/** A demand on what the signer called an image; `undefined` where the format has no place for that. */
export type CheckName = (name: string | undefined) => void;

/** A signature that was found, and what it takes to verify it. */
interface FoundSignature {
  check(): Promise<ImageSignature>;
}

/** The demands that a signature is held to. */
interface Demand {
  readonly subject: Descriptor;
  readonly trust: SignatureTrust;
  readonly checkName: CheckName;
}

/**
 * Verifies that a manifest is signed by somebody who is trusted: the signatures are looked for where
 * the manifest is, in all formats that the trust is about.
 * @param checkName throws where the name that the signer gave the image is not the one that is meant.
 * @returns the good signatures, one at least; others do no harm.
 * @throws NixociError `REFUSED` where there is none, saying what is wrong with those that are there;
 * and what reading throws.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { openSource, verifySignatures } from "nixoci";
 * const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
 * await using source = await openSource("oci-dir:in");
 * const { descriptor } = (await source.resolve()).manifest;
 * const trust = { keys: [{ key, name: "mine" }] };
 * console.log(await verifySignatures(source, descriptor, trust).catch(({ code }) => code)); // REFUSED
 * ```
 */
export async function verifySignatures(
  source: Source,
  subject: Descriptor,
  trust: SignatureTrust,
  checkName: CheckName = () => {},
): Promise<ImageSignature[]> {
  const candidates = await findSignatures(source, { subject, trust, checkName });
  if (trust.keyless !== undefined) checkKeylessRuntime();
  const good: ImageSignature[] = [];
  const reasons = new Map<string, string | undefined>();
  for (const { check } of candidates) {
    try {
      good.push(await check());
    } catch (error) {
      if (!OF_SIGNATURE.includes(codeOf(error) ?? "")) throw error;
      reasons.set(reasonOf(error), error instanceof NixociError ? error.hint : undefined);
    }
  }
  if (good.length > 0) return good;
  throw refusalError(subject.digest, candidates.length, reasons);
}

// Failures that are about the signature, not about reading it.
const OF_SIGNATURE = [
  "REFUSED",
  "MALFORMED",
  "UNSUPPORTED",
  "DIGEST",
  "SIZE",
  "LIMIT",
  "NOT_FOUND",
];

/** Returns the error that no signature is good, with what is wrong with some of them, and a hint of theirs. */
function refusalError(
  digest: Digest,
  count: number,
  reasons: ReadonlyMap<string, string | undefined>,
): NixociError {
  if (count === 0) {
    return new NixociError("REFUSED", `${digest} is not signed`, {
      hint: "nixoci referrers --digest-tags lists what is attached to it",
    });
  }
  const which = count === 1
    ? "its signature is not good"
    : `none of its ${count} signatures is good`;
  const some = [...reasons.keys()].slice(0, 3).concat(reasons.size > 3 ? ["and more"] : []);
  const hint = [...reasons.values()].find((hint) => hint !== undefined);
  return new NixociError("REFUSED", `${digest}: ${which}: ${some.join("; ")}`, { hint });
}

async function findSignatures(source: Source, demand: Demand): Promise<FoundSignature[]> {
  const { trust: { keys, keyless, certificates } } = demand;
  const found: FoundSignature[] = [];
  if (keys !== undefined || keyless !== undefined) {
    found.push(...await findTagged(source, demand));
  }
  for (const { descriptor, load } of await source.listReferrers?.(demand.subject.digest) ?? []) {
    const read = async (type?: string) => await readOnlyBlob(await load(), descriptor.digest, type);
    const { digest } = descriptor;
    if ((keys ?? keyless) !== undefined && isSigningBundle(descriptor)) {
      found.push({ check: async () => await checkBundle(await read(), digest, demand) });
    }
    if (certificates !== undefined && descriptor.artifactType === NOTATION) {
      found.push({
        async check() {
          const signer = await checkEnvelope(await read(JWS), demand.subject, certificates);
          demand.checkName(undefined);
          return { digest, format: "notation", signer };
        },
      });
    }
  }
  return found.slice(0, MAX_SIGNATURES);
}

/** Finds the signatures that the tag leads to; what is wrong with all of them is told as of one. */
async function findTagged(source: Source, demand: Demand): Promise<FoundSignature[]> {
  try {
    const tagged = await readSignatureTag(source, demand.subject.digest);
    if (tagged === undefined) return [];
    const { digest } = tagged.manifest.descriptor;
    return signatureLayersOf(tagged).map((layer) => ({
      check: () => checkSimple(layer, digest, demand),
    }));
  } catch (error) {
    if (!OF_SIGNATURE.includes(codeOf(error) ?? "")) throw error;
    return [{ check: () => Promise.reject(error) }];
  }
}

/** Reads what an image's `sha256-….sig` names, if it is there. */
export async function readSignatureTag(
  source: Source,
  subject: Digest,
): Promise<Artifact | undefined> {
  if (source.listDigestTags === undefined) return undefined;
  const root = await ignoreAbsent(source.resolve(signatureTagOf(subject)));
  return root?.kind === "artifact" ? root : undefined;
}

/** Reads the one blob of an artifact. */
async function readOnlyBlob(root: Root, digest: Digest, type?: string): Promise<Buffer> {
  const [, blob, more] = root.kind === "artifact" ? root.blobs : [];
  if (blob === undefined || more !== undefined) {
    throw new NixociError("MALFORMED", `${digest} is not one signature`);
  }
  const { mediaType } = blob.descriptor;
  if (type !== undefined && mediaType !== type) {
    throw new NixociError(
      "UNSUPPORTED",
      `${digest} is a signature in ${JSON.stringify(mediaType)}`,
    );
  }
  return await readContent(blob, MAX_DOCUMENT);
}

async function checkSimple(
  layer: Content,
  digest: Digest,
  { subject, trust, checkName }: Demand,
): Promise<ImageSignature> {
  const { annotations = {} } = layer.descriptor;
  const bytes = await readContent(layer, MAX_PAYLOAD);
  const signature = Buffer.from(annotations[SIGNATURE] ?? "", "base64");
  const signer = await findSigner(trust, {
    hasCertificate: annotations[CERTIFICATE] !== undefined,
    isBy: (key) => isSignedBy(bytes, signature, key),
    entity: () => readKeylessLayer(bytes, annotations),
  });
  const payload = parsePayload(bytes, layer.descriptor.digest);
  if (payload.digest !== subject.digest) {
    throw signatureError(`it signs ${JSON.stringify(payload.digest)}`);
  }
  checkName(payload.repository);
  const { repository, annotations: more } = payload;
  return { digest, format: "simple", ...signer, repository, ...more && { annotations: more } };
}

async function checkBundle(
  bytes: Buffer,
  digest: Digest,
  { subject, trust, checkName }: Demand,
): Promise<ImageSignature> {
  const { payload, signatures, hasCertificate } = parseBundle(bytes, digest);
  const signed = encodeForSigning(payload);
  const signer = await findSigner(trust, {
    hasCertificate,
    isBy: (key) => signatures.some((signature) => isSignedBy(signed, signature, key)),
    entity: () => ({ bundle: parseJson(bytes, digest) }),
  });
  const subjects = readSubjects(payload, digest);
  const own = subjects.find(({ digests }) => digests.includes(subject.digest));
  if (own === undefined) {
    throw signatureError(`it signs ${JSON.stringify(subjects[0]?.digests[0] ?? "nothing")}`);
  }
  checkName(undefined);
  const { annotations } = own;
  return { digest, format: "bundle", ...signer, ...annotations && { annotations } };
}

/** A signature, as far as it counts who made it. */
interface Signed {
  readonly hasCertificate: boolean;
  isBy(key: Parameters<typeof isSignedBy>[2]): boolean;
  entity(): Parameters<typeof checkKeyless>[0];
}

/** Finds who of those that are trusted has signed. */
async function findSigner(
  { keys = [], keyless }: SignatureTrust,
  { hasCertificate, isBy, entity }: Signed,
): Promise<Pick<ImageSignature, "signer" | "issuer">> {
  const found = keys.find(({ key }) => isBy(key));
  if (found !== undefined) return { signer: found.name };
  if (keyless === undefined) {
    throw signatureError(`it was not made with the key ${joinNames(keys)}, or is changed`);
  }
  if (!hasCertificate) throw signatureError("it was made with a key, not by an identity");
  await checkKeyless(entity(), keyless);
  const { identity, issuer } = keyless;
  return { signer: identity, issuer };
}
