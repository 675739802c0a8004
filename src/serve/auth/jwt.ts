/**
 * Signed tokens. How one is signed follows from the key alone: what a token says of that is compared, and
 * nothing else is tried.
 * @see https://www.rfc-editor.org/rfc/rfc7519
 */
import { createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { NixociError } from "../../base/errors.ts";
import { isObject } from "../../image/json.ts";

/** The way in which a kind of key signs. */
interface KeyAlgorithm {
  readonly name: "EdDSA" | "ES256" | "RS256";
  readonly hash: "sha256" | null;
}

/** Signs claims. */
export function createSignedToken(
  claims: Readonly<Record<string, unknown>>,
  key: KeyObject,
): string {
  const { name, hash } = algorithmOf(key);
  const said = [{ typ: "JWT", alg: name }, claims].map(encodePart).join(".");
  const signature = sign(hash, Buffer.from(said), { key, dsaEncoding: "ieee-p1363" });
  return `${said}.${signature.toString("base64url")}`;
}

/** Returns the claims of a token that this key has signed; `undefined` for anything else. */
export function readToken(
  token: string,
  key: KeyObject,
): Readonly<Record<string, unknown>> | undefined {
  const [, header, payload, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return undefined;
  const { name, hash } = algorithmOf(key);
  const { alg, crit } = decodePart(header) ?? {};
  if (alg !== name || crit !== undefined) return undefined; // a demand that we do not know
  const isOurs = verify(
    hash,
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  return isOurs ? decodePart(payload) : undefined;
}

/**
 * Returns the key that proves what this one signs.
 * @throws NixociError `UNSUPPORTED` for keys that tokens cannot be signed with.
 */
export function publicKeyOf(key: KeyObject): KeyObject {
  algorithmOf(key);
  return key.type === "public" ? key : createPublicKey(key);
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyAlgorithm {
  if (asymmetricKeyType === "ed25519") return { name: "EdDSA", hash: null };
  if (asymmetricKeyType === "rsa") return { name: "RS256", hash: "sha256" };
  if (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1") {
    return { name: "ES256", hash: "sha256" };
  }
  throw new NixociError("UNSUPPORTED", "Tokens cannot be signed with a key of this kind", {
    hint: "make one with openssl genpkey -algorithm ed25519; P-256 and RSA will do, too",
  });
}

function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decodePart(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
