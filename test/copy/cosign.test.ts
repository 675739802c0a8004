/**
 * What cosign attaches, as it writes it: names of a digest and a suffix for signatures, attestations
 * and SBOMs, and bundles that refer to the image. Its bytes arrive as they are, three hops on.
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
import { join } from "node:path";
import { expect, it } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { fallbackTagOf } from "../../src/image/referrers.ts";
import { verifyImages } from "../../src/verify/verify.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image, sourceOf } from "../support/images.ts";
import {
  type RegistryServer,
  seedBlob,
  seedManifest,
  startRegistry,
} from "../support/registry-server.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const EMPTY = "application/vnd.oci.empty.v1+json";

type Repository = ReturnType<RegistryServer["repository"]>;

function seedJson(repository: Repository, mediaType: string, value: unknown) {
  const bytes = Buffer.from(JSON.stringify(value));
  return { mediaType, size: bytes.length, digest: seedBlob(repository, bytes) };
}

/** Seeds what cosign 2 puts under a tag: an image of one layer, which is no tar. */
function seedTag(repository: Repository, tag: string, mediaType: string, annotations: object) {
  const layer = { ...seedJson(repository, mediaType, { tag }), annotations };
  const created = "0001-01-01T00:00:00Z";
  const config = seedJson(repository, CONFIG, {
    architecture: "",
    created,
    history: [{ created }],
    os: "",
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    config: {},
  });
  const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer] };
  return seedManifest(repository, MANIFEST, Buffer.from(JSON.stringify(manifest)), tag);
}

/** Seeds what cosign 3 has refer to an image: a bundle. */
function seedBundle(repository: Repository, subject: object) {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: seedJson(repository, EMPTY, {}),
    layers: [seedJson(repository, BUNDLE, { mediaType: BUNDLE, dsseEnvelope: {} })],
    subject,
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
      "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
    },
  };
  return seedManifest(repository, MANIFEST, Buffer.from(JSON.stringify(manifest)));
}

it("arrives as it is after three hops", async () => {
  const [first, last] = [await startRegistry(), await startRegistry({ without: ["referrers"] })];
  const app = await image();
  const { digest, mediaType, size } = app.manifest.descriptor;
  await using into = await openSink(`registry:${first.host}/app:1`);
  await copy(sourceOf({ app }), into);
  const own = first.repository("app");
  const tagOf = (suffix: string) => `${fallbackTagOf(digest)}.${suffix}`;
  const simple = "application/vnd.dev.cosign.simplesigning.v1+json";
  const tags = {
    [tagOf("sig")]: seedTag(own, tagOf("sig"), simple, {
      "dev.cosignproject.cosign/signature": "MEUCIQ==",
      "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----\n",
    }),
    [tagOf("att")]: seedTag(own, tagOf("att"), "application/vnd.dsse.envelope.v1+json", {
      predicateType: "https://slsa.dev/provenance/v1",
      "dev.cosignproject.cosign/signature": "",
    }),
    [tagOf("sbom")]: seedTag(own, tagOf("sbom"), "text/spdx+json", {}),
  };
  const bundle = seedBundle(own, { mediaType, digest, size });
  const proof = seedBundle(own, { mediaType: MANIFEST, digest: bundle, size: 1 });
  // cosign signs signatures and attestations, too.
  const [signature] = Object.values(tags);
  const below = `${signature!.replace(":", "-")}.sig`;
  const all = { ...tags, [below]: seedTag(own, below, simple, {}) };
  const folder = await temporaryFolder();
  const hops = [
    `registry:${first.host}/app:1`,
    `oci-dir:${join(folder, "a")}:1`,
    `oci-archive:${join(folder, "a.tar")}:1`,
    `registry:${last.host}/mirror/app:1`,
  ];
  for (const [at, hop] of hops.slice(1).entries()) {
    await using from = await openSource(hops[at]!);
    await using to = await openSink(hop);
    await copy(from, to, { referrers: true, digestTags: true });
  }
  const there = last.repository("mirror/app");
  for (const [tag, digest] of Object.entries(all)) expect(there.tags.get(tag)).toBe(digest);
  for (const digest of [bundle, proof, ...Object.values(all)]) {
    expect(there.manifests.get(digest)?.bytes).toEqual(own.manifests.get(digest)?.bytes);
  }
  await using end = await openSource(hops[3]!);
  const [found] = await end.listReferrers!(digest);
  expect(found?.descriptor).toMatchObject({ digest: bundle, artifactType: BUNDLE });
  expect(await end.listReferrers!(found!.descriptor.digest)).toMatchObject([
    { descriptor: { digest: proof } },
  ]);
  expect((await verifyImages(end)).problems).toEqual([]);
});

it("has the type of its manifest, also where the list says the config's, or none", async () => {
  const registry = await startRegistry({ without: ["referrers"] });
  const app = await image();
  const { digest, mediaType, size } = app.manifest.descriptor;
  await using into = await openSink(`registry:${registry.host}/app:1`);
  await copy(sourceOf({ app }), into);
  const own = registry.repository("app");
  const bundle = { mediaType: MANIFEST, digest: seedBundle(own, { mediaType, digest, size }) };
  const gone = { mediaType: MANIFEST, digest: `sha256:${"0".repeat(64)}` };
  const listed = [
    { ...bundle, size: 1, artifactType: EMPTY },
    { ...bundle, size: 1 },
    { ...bundle, size: 1, artifactType: "x/as-it-says" },
    { ...gone, size: 1 },
  ];
  const index = "application/vnd.oci.image.index.v1+json";
  const list = { schemaVersion: 2, mediaType: index, manifests: listed };
  seedManifest(own, index, Buffer.from(JSON.stringify(list)), fallbackTagOf(digest));
  await using from = await openSource(`registry:${registry.host}/app:1`);
  const types = (await from.listReferrers!(digest)).map((one) => one.descriptor.artifactType);
  expect(types).toEqual([BUNDLE, BUNDLE, "x/as-it-says", undefined]);
});
