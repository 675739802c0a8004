/** Images are signed and verified, and what is wrong with a signature is told. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createArtifact } from "../../src/artifact/create.ts";
import { copy } from "../../src/copy/copy.ts";
import { putArtifact } from "../../src/copy/put-artifact.ts";
import { contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { checkSignedName } from "../../src/sign/repository.ts";
import { createSignatureManifest, signatureTagOf } from "../../src/sign/formats/simple.ts";
import { createBundle, parseBundle } from "../../src/sign/formats/statement.ts";
import { signManifest, type SignOptions } from "../../src/sign/sign.ts";
import { type CheckName, verifySignatures } from "../../src/sign/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { image, sourceOf } from "../support/images.ts";
import { startRegistry } from "../support/registry-server.ts";

const MINE = generateKeyPairSync("ec", { namedCurve: "P-256" });
const OTHER = generateKeyPairSync("ec", { namedCurve: "P-256" });
const HOW: SignOptions = { key: MINE.privateKey, repository: "ghcr.io/me/app" };

let place: string;

beforeEach(async () => {
  const registry = await startRegistry();
  place = `registry:${registry.host}/app:1`;
  await using to = await openSink(place);
  await copy(sourceOf({ one: await image() }), to);
});

async function subjectOf(reference = place): Promise<Descriptor> {
  await using source = await openSource(reference);
  return (await source.resolve()).manifest.descriptor;
}

/** Signs what the place names; says whether there was anything to sign. */
async function sign(how: Partial<SignOptions> = {}): Promise<boolean> {
  await using source = await openSource(place);
  const made = await signManifest(source, await subjectOf(), { ...HOW, ...how });
  if (made === undefined) return false;
  await using to = await openSink(place);
  await putArtifact(made.artifact, to, { references: made.references });
  return true;
}

async function verify(key: KeyObject = MINE.publicKey, checkName?: CheckName) {
  await using source = await openSource(place);
  const trust = { keys: [{ key, name: "mine.pub" }] };
  return await verifySignatures(source, await subjectOf(), trust, checkName);
}

const whyNot = async (...words: Parameters<typeof verify>): Promise<string> =>
  await verify(...words).then(() => "it is good", ({ message }) => message);

describe("a signature", () => {
  it.each([["simple", false], ["bundle", true]])(
    "as %s is found and good",
    async (format, bundle) => {
      await sign({ bundle, annotations: { by: "me" } });
      const repository = bundle ? {} : { repository: "ghcr.io/me/app" };
      expect(await verify()).toMatchObject([{ format, signer: "mine.pub", ...repository }]);
      expect((await verify())[0]?.annotations).toEqual({ by: "me" });
    },
  );

  it.each([
    ["EC on P-384", generateKeyPairSync("ec", { namedCurve: "P-384" })],
    ["EC on P-521", generateKeyPairSync("ec", { namedCurve: "P-521" })],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 })],
    ["Ed25519", generateKeyPairSync("ed25519")],
  ])("by %s is good", async (name, { privateKey, publicKey }) => {
    if (name.endsWith("P-521") && "Deno" in globalThis) {
      // Its library wants a hash of half the key's size.
      await expect(sign({ key: privateKey })).rejects.toThrow("does not sign with such a key");
      return;
    }
    await sign({ key: privateKey });
    expect(await verify(publicKey)).toHaveLength(1);
    expect(await whyNot()).toContain("it was not made with the key mine.pub");
  });

  it("is made once, and stays when another key signs", async () => {
    expect([await sign(), await sign(), await sign({ key: OTHER.privateKey })])
      .toEqual([true, false, true]);
    expect([await sign({ bundle: true }), await sign({ bundle: true })]).toEqual([true, false]);
    expect(await sign({ annotations: { more: "1" } })).toBe(true);
    expect((await verify()).map(({ format }) => format)).toEqual(["simple", "simple", "bundle"]);
    expect((await verify(OTHER.publicKey)).map(({ format }) => format)).toEqual(["simple"]);
  });

  it("needs a name where it has room for one", async () => {
    await expect(sign({ repository: undefined })).rejects.toThrow("what the signature is to call");
    expect(await sign({ repository: undefined, bundle: true })).toBe(true);
  });
});

describe("no good signature", () => {
  it("is one that is not there", async () => {
    expect(await whyNot()).toMatch(/^sha256:[0-9a-f]{64} is not signed$/);
  });

  it.each([false, true])("is one by another key (bundle: %s)", async (bundle) => {
    await sign({ bundle, key: OTHER.privateKey });
    expect(await whyNot()).toMatch(
      /^sha256:[0-9a-f]{64}: its signature is not good: it was not made with the key mine\.pub, or is changed$/,
    );
  });

  it.each([false, true])("is one of another image (bundle: %s)", async (bundle) => {
    await sign({ bundle });
    const first = await subjectOf();
    await using from = await openSource(place);
    const [signature] = bundle
      ? await Promise.all((await from.listReferrers!(first.digest)).map((one) => one.load()))
      : [await from.resolve(signatureTagOf(first.digest))];
    await using to = await openSink(place);
    await copy(sourceOf({ one: await image() }), to);
    const second = await subjectOf();
    expect(second.digest).not.toBe(first.digest);
    if (signature?.kind !== "artifact") throw new Error("there is no signature");
    if (bundle) {
      const json = JSON.parse(Buffer.from(await bytesOf(signature.manifest)).toString());
      const { artifactType, annotations } = json;
      const blobs = signature.blobs.slice(1);
      const moved = createArtifact({ type: artifactType, blobs, subject: second, annotations });
      await using sink = await openSink(place);
      await putArtifact(moved, sink);
    } else {
      await using sink = await openSink(place);
      await putArtifact(signature, sink, { references: [signatureTagOf(second.digest)] });
    }
    expect(await whyNot()).toBe(
      `${second.digest}: its signature is not good: it signs "${first.digest}"`,
    );
  });

  it("is one that was made for another repository", async () => {
    await sign();
    const check = (meant: string) => (name?: string) => checkSignedName(name, meant);
    expect(await whyNot(MINE.publicKey, check("ghcr.io/me/app:any"))).toBe("it is good");
    expect(await whyNot(MINE.publicKey, check("ghcr.io/you/app"))).toContain(
      'it was signed as "ghcr.io/me/app", not as ghcr.io/you/app',
    );
  });

  it("is one whose payload was changed", async () => {
    await sign();
    await using from = await openSource(place);
    const { digest } = await subjectOf();
    const tagged = await from.resolve(signatureTagOf(digest));
    if (tagged.kind !== "artifact") throw new Error("there is no signature");
    const [, layer] = tagged.blobs;
    const text = Buffer.from(await bytesOf(layer!)).toString().replace("me/app", "you/app");
    const changed = contentOf(layer!.descriptor.mediaType, Buffer.from(text));
    const { annotations } = layer!.descriptor;
    const forged = { ...changed, descriptor: { ...changed.descriptor, annotations } };
    await using sink = await openSink(place);
    const references = [signatureTagOf(digest)];
    await putArtifact(createSignatureManifest([forged]), sink, { references });
    expect(await whyNot()).toContain("or is changed");
  });
});

describe("a bundle", () => {
  it("is none with a message that is signed beside its statement", async () => {
    const made = createBundle(await subjectOf(), MINE.privateKey, MINE.publicKey);
    const json = JSON.parse(Buffer.from(await bytesOf(made.blobs[1]!)).toString());
    const parse = (bundle: object) => parseBundle(Buffer.from(JSON.stringify(bundle)), "it");
    expect(parse(json).signatures).toHaveLength(1);
    expect(() => parse({ ...json, messageSignature: { signature: "" } }))
      .toThrow("it has not a statement of in-toto, and that alone, in it");
  });
});

describe("a good signature", () => {
  it("counts beside what is none", async () => {
    await sign({ bundle: true });
    const { digest, mediaType, size } = await subjectOf();
    await using to = await openSink(place);
    const junk = contentOf("application/vnd.oci.image.layer.v1.tar", Buffer.from("junk"));
    const references = [signatureTagOf(digest)];
    await putArtifact(createArtifact({ type: "x/y", blobs: [junk] }), to, { references });
    const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    for (
      const text of ["{", "{}", '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}']
    ) {
      const blobs = [contentOf(type, Buffer.from(text))];
      const subject = { digest, mediaType, size };
      await using sink = await openSink(place);
      await putArtifact(createArtifact({ type, blobs, subject }), sink);
    }
    expect(await verify()).toMatchObject([{ format: "bundle" }]);
    expect(await whyNot(OTHER.publicKey)).toMatch(
      /none of its 4 signatures is good: .*; and more$/,
    );
  });

  it("counts though an image has the name of signatures", async () => {
    await sign({ bundle: true });
    const { digest } = await subjectOf();
    await using to = await openSink(place);
    await copy(sourceOf({ one: await image() }), to, { references: [signatureTagOf(digest)] });
    expect(await verify()).toMatchObject([{ format: "bundle" }]);
  });
});

async function bytesOf(of: { open(): AsyncIterable<Uint8Array> }): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(of.open()));
}
