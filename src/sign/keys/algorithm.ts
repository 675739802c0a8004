/**
 * Signs with keys, by the algorithms that cosign and sigstore give to each kind of them.
 * @see https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md
 */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { NixociError } from "../../base/errors.ts";

/**
 * Hashes by kind of key, first the one that is signed with; none where the algorithm has its own.
 * cosign signs with the longer ones, but verifies, as Podman and skopeo do, with SHA-256 alone.
 */
const HASHES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  "ec prime256v1": ["sha256"],
  "ec secp384r1": ["sha256", "sha384"],
  "ec secp521r1": ["sha256", "sha512"],
  rsa: ["sha256"],
  ed25519: [undefined],
};

const MIN_RSA = 2048;

/**
 * Proves that a key is of a kind that signs images: EC on P-256, P-384 or P-521, RSA of 2048 bits or
 * more, or Ed25519.
 * @param what names it in errors.
 * @throws NixociError `UNSUPPORTED`.
 */
export function checkKey(key: KeyObject, what: string): KeyObject {
  const { modulusLength = MIN_RSA } = key.asymmetricKeyDetails ?? {};
  if (kindOf(key) in HASHES && modulusLength >= MIN_RSA) return key;
  const kind = kindOf(key) === "rsa" ? `RSA of ${modulusLength} bits` : kindOf(key);
  throw new NixociError("UNSUPPORTED", `${what} is a key of a kind that signs no images: ${kind}`, {
    hint: "take EC on P-256, as cosign generate-key-pair does, RSA of 2048 bits, or Ed25519",
  });
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve } = asymmetricKeyDetails ?? {};
  return [asymmetricKeyType, namedCurve].filter((part) => part !== undefined).join(" ");
}

/** Signs bytes with a private key. @throws NixociError `UNSUPPORTED`: Deno cannot with P-521. */
export function signBytes(bytes: Uint8Array, key: KeyObject): Buffer {
  try {
    return sign(HASHES[kindOf(key)]?.[0], bytes, key);
  } catch (cause) {
    throw new NixociError("UNSUPPORTED", "this runtime does not sign with such a key", {
      cause,
      hint: "run it on Node, or take a key on P-256",
    });
  }
}

/** Tells whether the bytes were signed with the private key that belongs to a public one. */
export function isSignedBy(bytes: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  return (HASHES[kindOf(key)] ?? []).some((hash) => {
    try {
      return verify(hash, bytes, key, signature);
    } catch {
      return false; // no signature of this algorithm at all
    }
  });
}

/** Returns the name that a bundle has for a public key: SHA-256 of its DER, in base64. */
export function hintOf(key: KeyObject): string {
  const der = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}
