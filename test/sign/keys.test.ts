/** Keys in all forms that people have them in. */
import { generateKeyPairSync, scryptSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { describe, expect, it } from "vitest";
import { parsePrivateKey } from "../../src/sign/keys/private-key.ts";
import { parsePublicKey } from "../../src/sign/keys/public-key.ts";
import { isSignedBy, signBytes } from "../../src/sign/keys/algorithm.ts";

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (type: "pkcs8" | "sec1", more = {}) =>
  privateKey.export({ type, format: "pem", ...more }).toString();
const PUBLIC = publicKey.export({ type: "spki", format: "pem" }).toString();

/** Locks a key as cosign does. */
function lock(password: string, { N = 1024, label = "SIGSTORE", kdf = "scrypt" } = {}): string {
  const [salt, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];
  const key = scryptSync(password, salt, 32, { N, r: 8, p: 1 });
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const box = {
    kdf: { name: kdf, params: { N, r: 8, p: 1 }, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(der)).toString("base64"),
  };
  const body = Buffer.from(JSON.stringify(box)).toString("base64").replace(/.{64}/g, "$&\n");
  const name = `ENCRYPTED ${label} PRIVATE KEY`;
  return `-----BEGIN ${name}-----\n${body}\n-----END ${name}-----\n`;
}

const open = (text: string, password = "secret") =>
  parsePrivateKey(Buffer.from(text), "a.key", () => password);

describe("a private key", () => {
  it.each([
    ["PKCS #8", pemOf("pkcs8")],
    ["SEC 1", pemOf("sec1")],
    [
      "SEC 1 as openssl has it",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${
        pemOf("sec1")
      }`,
    ],
    ["PKCS #8 with a password", pemOf("pkcs8", { cipher: "aes-256-cbc", passphrase: "secret" })],
    ["cosign's", lock("secret")],
    ["cosign's older", lock("secret", { label: "COSIGN" })],
  ])("is read as %s", async (_, text) => {
    const signature = signBytes(Buffer.from("hi"), await open(text));
    expect(isSignedBy(Buffer.from("hi"), signature, parsePublicKey(Buffer.from(PUBLIC), "a.pub")))
      .toBe(true);
    expect(isSignedBy(Buffer.from("ho"), signature, publicKey)).toBe(false);
  });

  it.each([
    ["another password of cosign's", lock("other"), "a.key does not open with this password"],
    [
      "another password",
      pemOf("pkcs8", { cipher: "aes-256-cbc", passphrase: "other" }),
      "a.key does not open with this password",
    ],
    ["a public key", PUBLIC, "a.key is a public key"],
    ["no key", "hello", "a.key is not a private key in PEM"],
    ["a broken one", pemOf("pkcs8").replace(/\n.{40}/, "\n"), "a.key is not a private key"],
    ["another way to lock", lock("secret", { kdf: "argon" }), "a.key is malformed: kdf.name"],
  ])("is refused with %s", async (_, text, message) => {
    await expect(open(text!)).rejects.toThrow(message);
  });

  it("is refused with more memory than any takes, and with a kind that signs nothing", async () => {
    const greedy = lock("secret").replace(/\n([^-][^]*?)\n-----END/, (_, body: string) => {
      const json = Buffer.from(body, "base64").toString().replace('"N":1024', '"N":1048576');
      return `\n${Buffer.from(json).toString("base64")}\n-----END`;
    });
    await expect(open(greedy)).rejects.toThrow("wants more than");
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
    const pem = small.export({ type: "pkcs8", format: "pem" }).toString();
    await expect(open(pem)).rejects.toThrow("RSA of 1024 bits");
  });
});

describe("a public key", () => {
  it.each([
    ["a private key", pemOf("pkcs8"), "a.pub is a private key"],
    ["cosign's private key", lock("secret"), "a.pub is a private key"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\n", "a.pub is not a public key in PEM"],
    ["a broken one", PUBLIC.replace(/\n.{30}/, "\n"), "a.pub is not a public key"],
  ])("is refused with %s", (_, text, message) => {
    expect(() => parsePublicKey(Buffer.from(text), "a.pub")).toThrow(message);
  });
});
