/** Notation's signatures, as its specification has them, with certificates of the tests' own. */
import { constants, createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { createArtifact } from "../../src/artifact/create.ts";
import { contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { checkEnvelope, JWS, NOTATION } from "../../src/sign/formats/notation.ts";
import { verifySignatures } from "../../src/sign/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";

const readGolden = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../golden/notation/${name}`, import.meta.url)));
const certificate = (name: string) => new X509Certificate(readGolden(`${name}.pem`));
const trusted = (name: string) => [{ name: `${name}.pem`, certificate: certificate(name) }];
const keyOf = (name: string) => createPrivateKey(readGolden(`${name}.key`));

const SUBJECT: Descriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"1".repeat(64)}`,
  size: 7,
};

interface Envelope {
  readonly alg?: string;
  readonly key?: KeyObject;
  readonly chain?: readonly string[];
  readonly target?: object;
  readonly head?: object;
  readonly crit?: readonly string[];
  readonly spoil?: (signed: string) => string;
}

const SCHEME = "io.cncf.notary.signingScheme";

/** Makes an envelope as notation does. */
function envelope(spec: Envelope = {}): Buffer {
  const { alg = "ES256", key = keyOf("signer"), chain = ["signer", "root"], target = SUBJECT } =
    spec;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = encode({
    alg,
    cty: "application/vnd.cncf.notary.payload.v1+json",
    crit: spec.crit ?? [SCHEME],
    [SCHEME]: "notary.x509",
    "io.cncf.notary.signingTime": "2024-01-01T00:00:00Z",
    ...spec.head,
  });
  const payload = encode({ targetArtifact: target });
  const how = alg.startsWith("ES")
    ? { key, dsaEncoding: "ieee-p1363" as const }
    : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(alg.slice(2)) / 8 };
  const signed = Buffer.from(`${head}.${payload}`);
  return Buffer.from(JSON.stringify({
    payload: spec.spoil?.(payload) ?? payload,
    protected: head,
    header: { x5c: chain.map((name) => certificate(name).raw.toString("base64")) },
    signature: sign(`sha${alg.slice(2)}`, signed, how).toString("base64url"),
  }));
}

const check = (spec: Envelope, by = "root") => checkEnvelope(envelope(spec), SUBJECT, trusted(by));

describe("an envelope", () => {
  it.each<[string, Envelope, string]>([
    ["by EC, of what an authority has issued", {}, "root"],
    ["by EC, of the very certificate", {}, "signer"],
    ["by RSA", { alg: "PS256", key: keyOf("rsa"), chain: ["rsa", "root"] }, "root"],
    [
      "by RSA with a longer hash",
      { alg: "PS512", key: keyOf("rsa"), chain: ["rsa", "root"] },
      "rsa",
    ],
    ["that expires later", {
      crit: [SCHEME, "io.cncf.notary.expiry"],
      head: { "io.cncf.notary.expiry": "2119-01-01T00:00:00Z" },
    }, "root"],
  ])("is good %s", async (_, spec, by) => {
    expect(await check(spec, by)).toBe(`${by}.pem`);
  });

  it.each<[string, Envelope, string]>([
    [
      "an expired certificate",
      { chain: ["expired", "root"] },
      "2021.* only",
    ],
    ["a certificate for servers", { chain: ["server", "root"] }, "not for signing code"],
    ["another key", { key: keyOf("rsa"), alg: "PS256" }, "not made with its certificate's key"],
    ["another payload", { spoil: (text) => text.replace("e", "f") }, "or is changed"],
    [
      "a chain that does not hold",
      { chain: ["signer", "rsa"] },
      "is not issued by the one above it",
    ],
    ["a stranger's certificate", { chain: ["signer"] }, "root.pem is not among its certificates"],
    [
      "another image",
      { target: { ...SUBJECT, digest: `sha256:${"2".repeat(64)}` } },
      'it signs "sha256:2',
    ],
    ["another size", { target: { ...SUBJECT, size: 8 } }, "it signs"],
    ["a plugin", { crit: [SCHEME, "io.cncf.notary.verificationPlugin"] }, "verificationPlugin"],
    ["another scheme", { head: { [SCHEME]: "notary.x509.signingAuthority" } }, "signingAuthority"],
    [
      "a time that is over",
      { head: { "io.cncf.notary.expiry": "2024-02-01T00:00:00Z" } },
      "it has expired at",
    ],
    ["no time", { head: { "io.cncf.notary.expiry": "soon" } }, "it has expired at"],
  ])("is refused with %s", async (_, spec, message) => {
    await expect(check(spec)).rejects.toThrow(new RegExp(message));
  });
});

it("is found beside an image", async () => {
  const registry = await startRegistry();
  const place = `registry:${registry.host}/app:1`;
  await using to = await openSink(place);
  await copy(sourceOf({ one: await image() }), to);
  await using source = await openSource(place);
  const { mediaType, digest, size } = (await source.resolve()).manifest.descriptor;
  const subject = { mediaType, digest, size };
  const put = async (type: string, bytes: Buffer) => {
    const config = contentOf(NOTATION, Buffer.from("{}"));
    const blobs = [contentOf(type, bytes)];
    await using sink = await openSink(place);
    await putArtifact(createArtifact({ type: NOTATION, config, blobs, subject }), sink);
  };
  const verify = async () => {
    await using again = await openSource(place);
    return await verifySignatures(again, subject, { certificates: trusted("root") });
  };
  await put("application/cose", Buffer.from("cbor"));
  await expect(verify()).rejects.toThrow('is a signature in "application/cose"');
  await put(JWS, envelope({ target: subject }));
  expect(await verify()).toMatchObject([{ format: "notation", signer: "root.pem" }]);
});
