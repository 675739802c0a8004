/** Reads from flags who may have signed an image. */
import { X509Certificate } from "node:crypto";
import { NixociError } from "../../base/errors.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import type { PlaceReference } from "../../image/place.ts";
import {
  type CheckName,
  checkSignedName,
  parsePublicKey,
  type SignatureTrust,
} from "../../sign/mod.ts";
import type { TrustValues } from "../kit/trust-flags.ts";

/** Tells whether signatures are asked for. */
export function hasTrust({ key, identity, certificate }: TrustValues): boolean {
  return (key ?? identity ?? certificate) !== undefined;
}

/** Reads the files that the flags name. @throws NixociError for one that is not there, or is none. */
export async function readTrust(
  { key: keys, identity, issuer, "trusted-root": root, certificate: certificates }: TrustValues,
): Promise<SignatureTrust> {
  return {
    ...keys && { keys: await readKeys(keys) },
    ...certificates && {
      certificates: await Promise.all(certificates.map(async (name) => ({
        name,
        certificate: parseCertificate(await readSmallFile(name), name),
      }))),
    },
    ...identity && issuer && root && {
      keyless: { identity, issuer, root: await readSmallFile(root) },
    },
  };
}

/** Reads public keys. */
export async function readKeys(names: readonly string[]) {
  return await Promise.all(names.map(async (name) => ({
    name,
    key: parsePublicKey(await readSmallFile(name), name),
  })));
}

function parseCertificate(bytes: Buffer, what: string): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new NixociError("MALFORMED", `${what} is not a certificate in PEM or DER`);
  }
}

/**
 * Returns the check of what signers called the image: its repository where it is in a registry, or
 * what `--signed-as` says.
 */
export function createNameCheck({ image }: PlaceReference, signedAs?: string): CheckName {
  const meant = signedAs ?? (image && `${image.host}/${image.repository}`);
  if (meant === undefined) return () => {};
  const hint = signedAs === undefined ? "--signed-as NAME, if this is a mirror of that" : undefined;
  return (name) => checkSignedName(name, meant, hint);
}
