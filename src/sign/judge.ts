/** Judges what policy.json wants to be signed. */
import { NixociError, wrapError } from "../base/errors.ts";
import { readSmallFile } from "../bytes/disk/small-file.ts";
import type { Descriptor } from "../image/descriptor.ts";
import type { SignedIdentity, SigstoreRequirement } from "../image/policy/signed.ts";
import { formatReference, type ImageReference } from "../image/reference.ts";
import type { Source } from "../image/source.ts";
import { parsePublicKey } from "./keys/public-key.ts";
import { readName } from "./repository.ts";
import { signatureError, type TrustedKey } from "./trust.ts";
import { type CheckName, verifySignatures } from "./verify.ts";

/** An image that is judged. */
export interface JudgedImage {
  readonly source: Source;
  readonly subject: Descriptor;
  /** Its name, where it is in a registry. */
  readonly image: ImageReference | undefined;
}

/**
 * Proves that an image is signed as a policy wants it.
 * @throws NixociError `REFUSED`, and what reading keys and signatures throws.
 */
export async function proveRequirement(
  { keyPaths, keyDatas, identity }: SigstoreRequirement,
  { source, subject, image }: JudgedImage,
): Promise<void> {
  const keys: TrustedKey[] = keyDatas.map((data, i) => {
    const name = keyDatas.length === 1 ? "keyData" : `keyDatas ${i + 1}`;
    return { name, key: parsePublicKey(data, `${name} of the policy`) };
  });
  for (const name of keyPaths) keys.push({ name, key: parsePublicKey(await readKey(name), name) });
  await verifySignatures(source, subject, { keys }, createIdentityCheck(identity, image))
    .catch((error) => {
      throw wrapError(error, "the policy wants a signature (sigstoreSigned)");
    });
}

async function readKey(path: string): Promise<Uint8Array> {
  try {
    return await readSmallFile(path);
  } catch (error) {
    throw wrapError(error, `Cannot read the policy's key ${path}`);
  }
}

/** Creates the check of a signature's name: by the rules of policy.json, a name is always needed. */
export function createIdentityCheck(
  identity: SignedIdentity,
  image: ImageReference | undefined,
): CheckName {
  return (name) => {
    const signed = name === undefined ? undefined : readName(name);
    if (signed === undefined) {
      throw signatureError("it does not name the image, and the policy wants that");
    }
    if (isMeant(signed, identity, image)) return;
    throw new NixociError(
      "REFUSED",
      `it was signed as ${JSON.stringify(name)}, which is not what ${identity.type} wants`,
      {
        hint: signed.tag === undefined && signed.digest === undefined
          ? 'cosign names a repository: "signedIdentity": { "type": "matchRepository" } takes that'
          : undefined,
      },
    );
  };
}

function isMeant(
  signed: ImageReference,
  identity: SignedIdentity,
  image: ImageReference | undefined,
): boolean {
  switch (identity.type) {
    case "exactReference":
      return isExact(signed, readName(identity.dockerReference));
    case "exactRepository":
      return isSameRepository(signed, readName(identity.dockerRepository));
    case "matchRepository":
      return isSameRepository(signed, image);
    case "matchExact":
      return isExact(signed, withTag(image));
    case "matchRepoDigestOrExact":
      return isExactOrDigest(signed, withTag(image));
    case "remapIdentity":
      return isExactOrDigest(signed, renameAsSigned(withTag(image), identity));
  }
}

function withTag(image: ImageReference | undefined): ImageReference | undefined {
  return image && { ...image, ...image.digest === undefined && { tag: image.tag ?? "latest" } };
}

/** Compares whole names, which have a tag or a digest. */
function isExact(signed: ImageReference, wanted: ImageReference | undefined): boolean {
  const isWhole = wanted?.tag !== undefined || wanted?.digest !== undefined;
  return isWhole && formatReference(signed) === formatReference(wanted);
}

/** An image that is named by its digest alone is what it is, whatever tag it was signed under. */
function isExactOrDigest(signed: ImageReference, wanted: ImageReference | undefined): boolean {
  return wanted?.digest !== undefined && wanted.tag === undefined
    ? isSameRepository(signed, wanted)
    : isExact(signed, wanted);
}

function isSameRepository(signed: ImageReference, wanted: ImageReference | undefined): boolean {
  return signed.host === wanted?.host && signed.repository === wanted.repository;
}

/** Puts another beginning in the place of a name's, as the one who signed it knew it. */
function renameAsSigned(
  image: ImageReference | undefined,
  { prefix, signedPrefix }: { readonly prefix: string; readonly signedPrefix: string },
): ImageReference | undefined {
  if (image === undefined) return undefined;
  const { host, repository, tag, digest } = image;
  const name = `${host}/${repository}`;
  if (name !== prefix && !name.startsWith(`${prefix}/`)) return image;
  const other = readName(signedPrefix + name.slice(prefix.length));
  return other && { host: other.host, repository: other.repository, tag, digest };
}
