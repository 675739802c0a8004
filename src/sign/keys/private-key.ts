/**
 * Reads private keys: PEM as OpenSSL writes it, and cosign's, which are JSON in PEM: PKCS #8 in a
 * secretbox of NaCl, whose key is made of a password by scrypt.
 * @see https://github.com/secure-systems-lab/go-securesystemslib/blob/main/encrypted/encrypted.go
 */
import { createPrivateKey, type KeyObject, scrypt } from "node:crypto";
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { checkShape } from "../../image/documents/schemas.ts";
import { parseJson } from "../../image/json.ts";
import { checkKey } from "./algorithm.ts";

/** Returns the password of a key; asked only where there is one to ask for. */
export type AskPassword = () => string | Promise<string>;

const PEM = /-----BEGIN ([A-Z ]+)-----\s([\s\S]*?)-----END \1-----/;
const COSIGN = ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

/**
 * Parses a private key in PEM: cosign's (`cosign.key`), PKCS #8, with a password or without, SEC 1,
 * or PKCS #1.
 * @param what names it in errors.
 * @throws NixociError `MALFORMED`; `AUTH` for another password; `UNSUPPORTED` for a key of a kind
 * that signs no images.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { parsePrivateKey } from "nixoci";
 * const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
 * const pem = privateKey.export({ type: "pkcs8", format: "pem" });
 * const key = await parsePrivateKey(Buffer.from(pem), "my key", () => "its password");
 * console.log(key.asymmetricKeyType); // ec
 * ```
 */
export async function parsePrivateKey(
  bytes: Uint8Array,
  what: string,
  askPassword: AskPassword,
): Promise<KeyObject> {
  const text = Buffer.from(bytes).toString("latin1");
  // OpenSSL puts the parameters of a curve before its key.
  const [, label = "", body = ""] =
    PEM.exec(text.replace(/-----BEGIN EC PARAMETERS[^]*?END EC PARAMETERS-----/, "")) ?? [];
  if (label.endsWith("PUBLIC KEY")) {
    throw new NixociError("MALFORMED", `${what} is a public key`, {
      hint: "to sign takes the private one, such as cosign.key",
    });
  }
  if (!label.endsWith("PRIVATE KEY")) {
    throw new NixociError("MALFORMED", `${what} is not a private key in PEM`);
  }
  if (COSIGN.includes(label)) {
    const der = await openBox(Buffer.from(body, "base64"), what, await askPassword());
    return openKey(what, () => createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
  }
  const isLocked = label.startsWith("ENCRYPTED") || /^Proc-Type: .*ENCRYPTED/m.test(body);
  if (!isLocked) return openKey(what, () => createPrivateKey(text));
  const passphrase = await askPassword();
  try {
    return checkKey(createPrivateKey({ key: text, passphrase }), what);
  } catch (error) {
    throw error instanceof NixociError ? error : passwordError(what);
  }
}

function openKey(what: string, open: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = open();
  } catch {
    throw new NixociError("MALFORMED", `${what} is not a private key`);
  }
  return checkKey(key, what);
}

function passwordError(what: string): NixociError {
  return new NixociError("AUTH", `${what} does not open with this password`, {
    hint: "its password is what COSIGN_PASSWORD says, or what is asked for where that is not set",
  });
}

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64"));
const count = z.number().check(z.int(), z.positive());
const boxSchema = z.looseObject({
  kdf: z.looseObject({
    name: z.literal("scrypt"),
    params: z.looseObject({ N: count, r: count, p: count }),
    salt: base64,
  }),
  cipher: z.looseObject({ name: z.literal("nacl/secretbox"), nonce: base64 }),
  ciphertext: base64,
});

// The strongest that cosign's library knows takes 128 MiB.
const MAX_MEMORY = 512 * 1024 * 1024;

async function openBox(json: Uint8Array, what: string, password: string): Promise<Buffer> {
  const box = checkShape(boxSchema, parseJson(json, what), what);
  const { N, r, p } = box.kdf.params;
  if (128 * N * r * p > MAX_MEMORY) {
    throw new NixociError("LIMIT", `${what} wants more than ${MAX_MEMORY} bytes to be opened`);
  }
  const [salt, nonce, ciphertext] = [box.kdf.salt, box.cipher.nonce, box.ciphertext]
    .map((text) => Buffer.from(text, "base64")) as [Buffer, Buffer, Buffer];
  const key = await new Promise<Buffer>((resolve, reject) => {
    const options = { N, r, p, maxmem: 2 * MAX_MEMORY };
    scrypt(password, salt, 32, options, (error, key) => error ? reject(error) : resolve(key));
  }).catch(() => {
    throw new NixociError("MALFORMED", `${what} has parameters that scrypt does not take`);
  });
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(ciphertext));
  } catch {
    throw passwordError(what);
  }
}
