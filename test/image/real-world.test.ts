/** Documents as tools of the real world write them: copied untouched, refused only where needed. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { copy } from "../../src/copy/copy.ts";
import { content, contentOf, readContent } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { inspect } from "../../src/image/documents/inspect.ts";
import { encodeJson } from "../../src/image/json.ts";
import { readLayerTar } from "../../src/image/layer/layer.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Image, Root } from "../../src/image/root.ts";
import { compress } from "../../src/steps/compress.ts";
import { resolveImage } from "../../src/steps/one-image.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { sourceOf, tarFile } from "../support/images.ts";

const OCI = MEDIA_TYPES.oci;
const PLAIN = "application/vnd.oci.image.layer.v1.tar";
const GZIP = `${PLAIN}+gzip`;
const LIMIT = 1 << 20;

/** Documents and blobs, by digest, with fields of any kind. */
function place() {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, bytes: Buffer) => {
    const { descriptor } = contentOf(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const fetch = (descriptor: Descriptor) =>
    content(descriptor, () => streamBytes(blobs.get(descriptor.digest)!));
  return {
    add,
    json: (mediaType: string, value: unknown) => add(mediaType, encodeJson(value)),
    rootOf: (descriptor: Descriptor) => readRoot(fetch(descriptor), fetch),
  };
}

const tar = await tarFile({ "hello.txt": "hello" });
const diffId = digestOf(tar);
const run = (more: object = {}, diffIds: readonly Digest[] = [diffId]) => ({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: diffIds },
  ...more,
});

/** A manifest of an image with one gzip layer, its fields changed. */
function manifestIn(
  at: ReturnType<typeof place>,
  change: (manifest: Record<string, unknown>) => Record<string, unknown> = (same) => same,
  config: unknown = run(),
): Descriptor {
  return at.json(
    OCI.manifest,
    change({
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: at.json(OCI.config, config),
      layers: [at.add(GZIP, gzipSync(tar))],
    }),
  );
}

/** Copies a root to a place of its own and reads it back. */
async function copied(root: Root): Promise<Root> {
  const name = `memory:real-world-${root.manifest.descriptor.digest.slice(7)}:it`;
  await copy(sourceOf({ it: root }), await openSink(name), { all: true });
  return await (await openSource(name)).resolve();
}

async function expectUntouched(root: Root): Promise<Root> {
  const again = await copied(root);
  expect(again.manifest.descriptor.digest).toBe(root.manifest.descriptor.digest);
  expect(again.kind).toBe(root.kind);
  return again;
}

describe("an artifact under an image config's type", () => {
  it.each([
    ["{}", Buffer.from("{}")],
    ["nothing", Buffer.from("")],
    ["no JSON", Buffer.from("policy: 1\n")],
    ["no rootfs", encodeJson({ abi: "compat" })],
    ["a null rootfs", encodeJson({ rootfs: null })],
  ])("is copied with %s for a config, and is not an image", async (_, config) => {
    const at = place();
    const root = await at.rootOf(at.json(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: at.add(OCI.config, config),
      layers: [at.add(GZIP, gzipSync(tar)), at.add(PLAIN, Buffer.from("just a file"))],
    }));
    const again = await expectUntouched(root);
    expect(again).toMatchObject({ kind: "artifact", blobs: { length: 3 } });
    expect(await inspect(again)).toMatchObject({ kind: "artifact" });
    await expect(resolveImage(sourceOf({ it: again }))).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("not an image"),
    });
  });

  it("is refused where readers that fold case see an image in it", async () => {
    const at = place();
    const doubtful = manifestIn(at, (same) => same, { RootFS: run().rootfs });
    await expect(at.rootOf(doubtful)).rejects.toMatchObject({ code: "MALFORMED" });
    const twice = at.json(OCI.manifest, {
      schemaVersion: 2,
      config: at.add(OCI.config, Buffer.from('{"rootfs": {"type": "layers"}, "rootfs": null}')),
      layers: [],
    });
    await expect(at.rootOf(twice)).rejects.toMatchObject({ code: "MALFORMED" });
  });
});

describe("a layer under another compression's type", () => {
  const mislabelled = async (mediaType: string, bytes: Buffer) => {
    const at = place();
    const layers = [at.add(mediaType, bytes)];
    return await at.rootOf(manifestIn(at, (same) => ({ ...same, layers }))) as Image;
  };
  const cases: [string, string, Buffer][] = [
    ["gzip under a plain tar's", PLAIN, gzipSync(tar)],
    ["a plain tar under gzip's", GZIP, tar],
  ];

  it.each(cases)("%s is copied untouched, and read as what it is", async (_, type, bytes) => {
    const again = await expectUntouched(await mislabelled(type, bytes)) as Image;
    expect(again.layers[0]!.descriptor.mediaType).toBe(type);
    expect(await collectStream(readLayerTar(again.layers[0]!), LIMIT, "it")).toEqual(tar);
  });

  it("becomes plain where plain layers are wanted", async () => {
    const source = sourceOf({ it: await mislabelled(PLAIN, gzipSync(tar)) });
    const to = await openSink("memory:plain:it");
    await copy(source, to, { steps: [compress({ kind: "none" })] });
    const { layers } = await resolveImage(await openSource("memory:plain:it"));
    expect(layers[0]!.descriptor.digest).toBe(diffId);
  });

  it("is refused when it is read and is another tar than the config says", async () => {
    const { layers } = await mislabelled(PLAIN, await tarFile({ other: "file" }));
    await expect(collectStream(readLayerTar(layers[0]!), LIMIT, "it")).rejects.toMatchObject({
      code: "DIGEST",
    });
  });
});

describe("null, where Go writes one", () => {
  it.each<[string, (manifest: Record<string, unknown>) => Record<string, unknown>]>([
    ["annotations", (m) => ({ ...m, annotations: null })],
    ["subject", (m) => ({ ...m, subject: null, artifactType: null })],
    ["a descriptor's fields", (m) => ({
      ...m,
      config: {
        ...m["config"] as object,
        urls: null,
        annotations: null,
        data: null,
        platform: null,
      },
      layers: (m["layers"] as object[]).map((one) => ({ ...one, urls: null, annotations: null })),
    })],
  ])("is as good as nothing: %s", async (_, change) => {
    const at = place();
    const root = await expectUntouched(await at.rootOf(manifestIn(at, change)));
    expect(root.kind === "image" && root.layers[0]!.descriptor.urls).toBeUndefined();
    expect(await inspect(root)).toMatchObject({ kind: "image", platform: "linux/amd64" });
  });

  it.each([[null], [[]]])("is an image without layers: %j", async (layers) => {
    const at = place();
    const config = run({ config: null, history: null, created: null, variant: null }, []);
    const root = await at.rootOf(manifestIn(at, (same) => ({ ...same, layers }), config));
    expect(await expectUntouched(root)).toMatchObject({ kind: "image", layers: [] });
  });

  it("is an index without images, and an entry that states nothing", async () => {
    const at = place();
    const none = await at.rootOf(
      at.json(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests: null }),
    );
    expect(await expectUntouched(none)).toMatchObject({ kind: "index", children: [] });
    const entry = { ...manifestIn(at), platform: null, annotations: null, urls: null };
    const one = await at.rootOf(at.json(OCI.index, { schemaVersion: 2, manifests: [entry] }));
    await expectUntouched(one);
    expect((await resolveImage(sourceOf({ it: one }), { platform: AMD })).kind).toBe("image");
  });

  it("does not make an index of an image", async () => {
    const at = place();
    const both = manifestIn(at, (same) => ({ ...same, manifests: null }));
    await expect(at.rootOf(both)).rejects.toThrow("both an image and an index");
  });
});

const AMD = parsePlatform("linux/amd64");

describe("an entry of an index", () => {
  const indexOf = async (at: ReturnType<typeof place>, ...manifests: unknown[]) =>
    await at.rootOf(at.json(OCI.index, { schemaVersion: 2, mediaType: OCI.index, manifests }));

  it("whose platform lacks its os is for what its config says", async () => {
    const at = place();
    const root = await indexOf(at, { ...manifestIn(at), platform: { architecture: "amd64" } });
    await expectUntouched(root);
    const { manifest } = await resolveImage(sourceOf({ it: root }), { platform: AMD });
    expect(manifest.descriptor.mediaType).toBe(OCI.manifest);
    expect(await inspect(root)).toMatchObject({ kind: "index" });
  });

  it("keeps what it says when the index is written again around it", async () => {
    const at = place();
    const platform = { architecture: "amd64", "os.features": null };
    const root = await indexOf(at, { ...manifestIn(at), platform });
    const to = await openSink("memory:again:it");
    await copy(sourceOf({ it: root }), to, { all: true, steps: [compress({ kind: "zstd" })] });
    const again = await (await openSource("memory:again:it")).resolve();
    const json = JSON.parse((await readContent(again.manifest, LIMIT)).toString());
    expect(json.manifests[0].platform).toMatchObject({ architecture: "amd64" });
  });

  it("with a digest that cannot be verified is refused only when it is needed", async () => {
    const at = place();
    const other = { mediaType: OCI.manifest, digest: `blake3:${"a".repeat(64)}`, size: 9 };
    const root = await indexOf(
      at,
      { ...manifestIn(at), platform: AMD },
      { ...other, platform: parsePlatform("linux/arm64") },
    );
    const found = await resolveImage(sourceOf({ it: root }), { platform: AMD });
    expect(found.kind).toBe("image");
    await expect(copied(root)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining(`blake3:${"a".repeat(64)}`),
    });
    for (const digest of ["sha256:abc", `sha512:${"a".repeat(64)}`, "blake3:../x", "x"]) {
      await expect(indexOf(at, { ...other, digest })).rejects.toMatchObject({ code: "MALFORMED" });
    }
  });
});
