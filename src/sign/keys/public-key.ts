/** Reads public keys. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { NixociError } from "../../base/errors.ts";
import { checkKey } from "./algorithm.ts";

/**
 * Parses a public key in PEM, such as `cosign.pub`.
 * @param what names it in errors.
 * @throws NixociError `MALFORMED`, or `UNSUPPORTED` for a key of a kind that signs no images.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { parsePublicKey } from "nixoci";
 * const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
 * const pem = publicKey.export({ type: "spki", format: "pem" });
 * console.log(parsePublicKey(Buffer.from(pem), "my key").type); // public
 * ```
 */
export function parsePublicKey(bytes: Uint8Array, what: string): KeyObject {
  const text = Buffer.from(bytes).toString("latin1");
  // Node would take a private key, or a certificate, whose dates nobody looks at.
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new NixociError("MALFORMED", `${what} is a private key`, {
      hint: "signatures are verified with the public one, such as cosign.pub",
    });
  }
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) {
    throw new NixociError("MALFORMED", `${what} is not a public key in PEM`);
  }
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch {
    throw new NixociError("MALFORMED", `${what} is not a public key`);
  }
  return checkKey(key, what);
}
