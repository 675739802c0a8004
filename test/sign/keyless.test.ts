/** Signatures without a key: an authority, a certificate and a log of the tests' own. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  X509Certificate,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import {
  createSignatureManifest,
  encodePayload,
  signatureTagOf,
  SIMPLE,
} from "../../src/sign/formats/simple.ts";
import { encodeForSigning } from "../../src/sign/formats/statement.ts";
import type { KeylessTrust } from "../../src/sign/trust.ts";
import { verifySignatures } from "../../src/sign/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";

const readGolden = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../golden/keyless/${name}`, import.meta.url)));
const [ROOT, LEAF] = ["root.pem", "leaf.pem"].map((name) => new X509Certificate(readGolden(name)));
const KEY = createPrivateKey(readGolden("leaf.key"));
const IDENTITY = "https://github.com/org/app/.github/workflows/release.yml@refs/tags/v1";
const ISSUER = "https://token.actions.githubusercontent.com";
/** A time at which the certificate was valid, in seconds. */
const THEN = Date.parse("2026-11-29T20:00:00Z") / 1000;

/** A log of signatures: its key, and what it promises. */
const LOG = generateKeyPairSync("ec", { namedCurve: "P-256" });
const OTHER_LOG = generateKeyPairSync("ec", { namedCurve: "P-256" });
const derOf = (key: typeof LOG.publicKey) => key.export({ type: "spki", format: "der" });
const idOf = (key: typeof LOG.publicKey) => createHash("sha256").update(derOf(key)).digest();
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString("base64");
const hexOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function trustedRoot(log = LOG.publicKey, authority = ROOT!, more = {}): Uint8Array {
  const validFor = { start: "2020-01-01T00:00:00Z" };
  return Buffer.from(JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [{
      baseUrl: "https://log.example",
      hashAlgorithm: "SHA2_256",
      publicKey: { rawBytes: base64(derOf(log)), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
      logId: { keyId: base64(idOf(log)) },
    }],
    certificateAuthorities: [{
      subject: { organization: "sigstore.test", commonName: "root" },
      uri: "https://ca.example",
      certChain: { certificates: [{ rawBytes: base64(authority.raw) }] },
      validFor,
    }],
    ctlogs: [],
    timestampAuthorities: [],
    ...more,
  }));
}

/** A log of certificates, as a root has it. */
const CERTIFICATE_LOG = {
  baseUrl: "https://certificates.example",
  hashAlgorithm: "SHA2_256",
  publicKey: {
    rawBytes: base64(derOf(OTHER_LOG.publicKey)),
    keyDetails: "PKIX_ECDSA_P256_SHA_256",
    validFor: { start: "2020-01-01T00:00:00Z" },
  },
  logId: { keyId: base64(idOf(OTHER_LOG.publicKey)) },
};

/** Has the log promise that it keeps an entry. */
function logEntry(kind: string, spec: object, integratedTime: number, log = LOG) {
  const body = base64(JSON.stringify({ apiVersion: "0.0.1", kind, spec }));
  const logID = idOf(log.publicKey).toString("hex");
  // In the order of their names, as the log's canonical JSON has them.
  const entry = { body, integratedTime, logID, logIndex: 7 };
  const promise = sign("sha256", Buffer.from(JSON.stringify(entry)), log.privateKey);
  return { entry, kind, promise: base64(promise) };
}

let place: string;
let subject: Descriptor;

beforeEach(async () => {
  const registry = await startRegistry();
  place = `registry:${registry.host}/app:1`;
  await using to = await openSink(place);
  await copy(sourceOf({ one: await image() }), to);
  await using source = await openSource(place);
  subject = (await source.resolve()).manifest.descriptor;
});

interface Forgery {
  readonly time?: number;
  readonly key?: typeof KEY;
  readonly log?: typeof LOG;
  readonly digest?: string;
}

/** Puts what cosign 2 makes without a key. */
async function putSimple({ time = THEN, key = KEY, log = LOG, digest }: Forgery): Promise<void> {
  const payload = encodePayload({
    digest: digest ?? subject.digest,
    repository: "ghcr.io/org/app",
  });
  const signature = base64(sign("sha256", payload, key));
  const { entry, promise } = logEntry(
    "hashedrekord",
    {
      data: { hash: { algorithm: "sha256", value: hexOf(payload) } },
      signature: { content: signature, publicKey: { content: base64(LEAF!.toString()) } },
    },
    time,
    log,
  );
  const made = contentOf(SIMPLE, payload);
  const annotations = {
    "dev.cosignproject.cosign/signature": signature,
    "dev.sigstore.cosign/certificate": LEAF!.toString(),
    "dev.sigstore.cosign/chain": ROOT!.toString(),
    "dev.sigstore.cosign/bundle": JSON.stringify({ SignedEntryTimestamp: promise, Payload: entry }),
  };
  const layer = { ...made, descriptor: { ...made.descriptor, annotations } };
  await using to = await openSink(place);
  const references = [signatureTagOf(subject.digest)];
  await putArtifact(createSignatureManifest([layer]), to, { references });
}

/** Puts what cosign 3 makes without a key, in the first version of bundles, which has promises. */
async function putBundle({ time = THEN, key = KEY, log = LOG, digest }: Forgery): Promise<void> {
  const payload = Buffer.from(JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: (digest ?? subject.digest).slice(7) } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  }));
  const sig = base64(sign("sha256", encodeForSigning(payload), key));
  const { entry, kind, promise } = logEntry(
    "dsse",
    {
      payloadHash: { algorithm: "sha256", value: hexOf(payload) },
      envelopeHash: { algorithm: "sha256", value: "0".repeat(64) },
      signatures: [{ signature: sig, verifier: base64(LEAF!.toString()) }],
    },
    time,
    log,
  );
  const type = "application/vnd.dev.sigstore.bundle+json;version=0.1";
  const bundle = {
    mediaType: type,
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: base64(LEAF!.raw) }] },
      tlogEntries: [{
        logIndex: `${entry.logIndex}`,
        logId: { keyId: base64(idOf(log.publicKey)) },
        kindVersion: { kind, version: "0.0.1" },
        integratedTime: `${entry.integratedTime}`,
        inclusionPromise: { signedEntryTimestamp: promise },
        canonicalizedBody: entry.body,
      }],
    },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType: "application/vnd.in-toto+json",
      signatures: [{ sig }],
    },
  };
  const artifactType = "application/vnd.dev.sigstore.bundle.v0.3+json";
  const blobs = [contentOf(artifactType, Buffer.from(JSON.stringify(bundle)))];
  await using to = await openSink(place);
  await putArtifact(createArtifact({ type: artifactType, blobs, subject }), to);
}

const TRUST: KeylessTrust = { root: trustedRoot(), identity: IDENTITY, issuer: ISSUER };

async function outcomeOf(trust: Partial<KeylessTrust> = {}): Promise<string> {
  await using source = await openSource(place);
  try {
    const [one] = await verifySignatures(source, subject, { keyless: { ...TRUST, ...trust } });
    return `${one?.format} by ${one?.signer} (${one?.issuer})`;
  } catch (error) {
    return (error as Error).message;
  }
}

it.runIf("Deno" in globalThis)("cannot be verified on Deno, which says so", async () => {
  await putSimple({});
  expect(await outcomeOf()).toBe("this runtime cannot verify signatures without a key");
});

describe.skipIf("Deno" in globalThis).each([["simple", putSimple], ["bundle", putBundle]])(
  "%s, without a key",
  (format, put) => {
    it("is good when it was made by who is trusted, while the certificate was valid", async () => {
      await put({});
      expect(await outcomeOf()).toBe(`${format} by ${IDENTITY} (${ISSUER})`);
    });

    it.each<[string, Partial<KeylessTrust>, string]>([
      [
        "another identity",
        { identity: `${IDENTITY}1` },
        `it is by "${IDENTITY}", not by "${IDENTITY}1"`,
      ],
      ["a part of the identity", { identity: "https://github.com/" }, "not by"],
      ["another issuer", { issuer: "https://accounts.example" }, `"${ISSUER}" vouches for it, not`],
      ["another log", { root: trustedRoot(OTHER_LOG.publicKey) }, "its signature is not good"],
      ["another authority", { root: trustedRoot(LOG.publicKey, LEAF!) }, "certificate"],
      [
        "no log in the root, whose time anybody could have written",
        { root: trustedRoot(LOG.publicKey, ROOT!, { tlogs: [] }) },
        "its signature is not good",
      ],
      [
        "a log of certificates in the root that has not seen its own",
        { root: trustedRoot(LOG.publicKey, ROOT!, { ctlogs: [CERTIFICATE_LOG] }) },
        "expected 1 SCTs, got 0",
      ],
      [
        "no root",
        { root: Buffer.from("[]") },
        "the trusted root cannot be read: it is not an object",
      ],
      ["a broken root", { root: Buffer.from("{") }, "the trusted root cannot be read"],
    ])("is refused with %s", async (_, trust, message) => {
      await put({});
      expect(await outcomeOf(trust)).toContain(message);
    });

    it.each<[string, Forgery, string]>([
      [
        "made after the certificate had expired",
        { time: THEN + 86_400 },
        "certificate is not valid or expired",
      ],
      ["made with another key", { key: OTHER_LOG.privateKey }, "signature verification failed"],
      ["that another log has seen", { log: OTHER_LOG }, "its signature is not good"],
      [
        "of another image",
        { digest: `sha256:${"1".repeat(64)}` },
        `it signs "sha256:${"1".repeat(64)}"`,
      ],
    ])("is refused when it is one %s", async (_, forgery, message) => {
      await put(forgery);
      expect(await outcomeOf()).toContain(message);
    });

    it("is refused where a key is wanted, and one with a key where an identity is", async () => {
      await put({});
      await using source = await openSource(place);
      const { publicKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      await expect(verifySignatures(source, subject, { keys: [{ key, name: "mine.pub" }] }))
        .rejects.toThrow("it was not made with the key mine.pub");
      // Its own key, without the certificate, is one that somebody may trust.
      const own = [{ key: createPublicKey(KEY), name: "leaf" }];
      expect(await verifySignatures(source, subject, { keys: own })).toHaveLength(1);
    });
  },
);
