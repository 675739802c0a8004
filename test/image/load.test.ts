import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { type Content, contentOf } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { encodeJson } from "../../src/image/json.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { artifact, image, index } from "../support/images.ts";

const OCI = MEDIA_TYPES.oci;
const DOCKER = MEDIA_TYPES.docker;
const digest = digestOf(Buffer.from("x"));

/** The root of a manifest that is tampered with, its config fetched from the image. */
async function load(
  change: (manifest: Record<string, unknown>) => Record<string, unknown>,
  described: string = OCI.manifest,
): Promise<unknown> {
  const { config, layers } = await image();
  const manifest = change({
    schemaVersion: 2,
    mediaType: OCI.manifest,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
  });
  const contents = [config, ...layers];
  const fetch = (d: Descriptor): Content =>
    contents.find((one) => one.descriptor.digest === d.digest) ??
      contentOf(d.mediaType, Buffer.from("x"));
  return await readRoot(contentOf(described, encodeJson(manifest)), fetch);
}

describe("rootOf", () => {
  it("reads an image without opening its layers, and keeps the manifest's bytes", async () => {
    const { manifest, config, layers } = await image();
    const fetched: string[] = [];
    const root = await readRoot(manifest, (descriptor) => {
      fetched.push(descriptor.digest);
      return {
        ...config,
        open: descriptor.digest === config.descriptor.digest ? config.open : boom,
      };
    });
    expect(root).toMatchObject({ kind: "image", manifest: { descriptor: manifest.descriptor } });
    expect(root.kind === "image" && root.layers[0]!.diffId).toBe(layers[0]!.diffId);
    expect(fetched).toEqual([config.descriptor.digest, layers[0]!.descriptor.digest]);
  });

  it("reads an index without loading its children", async () => {
    const { manifest } = index([await image(), artifact()]);
    const root = await readRoot(manifest, boom);
    expect(root).toMatchObject({ kind: "index" });
    expect(root.kind === "index" && root.children.length).toBe(2);
  });

  it("takes what is not an image for an artifact, attestations with image configs among them", async () => {
    const signature = artifact();
    expect(await readRoot(signature.manifest, (d) => contentOf(d.mediaType, Buffer.from(""))))
      .toMatchObject({
        kind: "artifact",
      });
    const attestation = await load((m) => ({
      ...m,
      layers: [{ mediaType: "application/vnd.in-toto+json", digest, size: 1 }],
    }));
    expect(attestation).toMatchObject({ kind: "artifact" });
  });

  it("knows media types with parameters, and refuses what is none", async () => {
    const of = (mediaType: string) =>
      load((m) => ({ ...m, layers: [{ mediaType, digest, size: 1 }] }));
    for (const good of ["text/plain; charset=utf-8", "a/b;c=d"]) {
      expect(await of(good)).toMatchObject({ kind: "artifact" });
    }
    for (const bad of ["text", "text/", "text/plain\n", "te xt/plain", "text/plain;\u0000"]) {
      await expect(of(bad)).rejects.toThrow(/layers\[0\]\.mediaType: must be a media type/);
    }
  });

  it("finds the media type where neither descriptor nor document has a good one", async () => {
    const plain = await load(({ mediaType: _, ...m }) => m, "application/json");
    expect(plain).toMatchObject({ manifest: { descriptor: { mediaType: OCI.manifest } } });
  });

  it.each<[string, (m: Record<string, unknown>) => Record<string, unknown>, RegExp]>([
    ["image and index at once", (m) => ({ ...m, manifests: [] }), /both an image and an index/],
    [
      "another type than described",
      (m) => ({ ...m, mediaType: DOCKER.manifest }),
      /but was named as/,
    ],
    ["an index's type on a manifest", (m) => ({ ...m, mediaType: OCI.index }), /but was named as/],
    ["schema 1", () => ({ schemaVersion: 1, fsLayers: [] }), /schema 1/],
    ["no config", ({ config: _, ...m }) => m, /config: /],
    [
      "a missing digest",
      (m) => ({ ...m, config: { mediaType: "a/b", size: 1 } }),
      /config\.digest: /,
    ],
    [
      "a bad digest",
      (m) => set(m, { digest: "sha256:XYZ" }),
      /layers\[0\]\.digest: must be sha256/,
    ],
    [
      "a path for a digest",
      (m) => set(m, { digest: "sha256:../../etc/passwd" }),
      /layers\[0\]\.digest/,
    ],
    ["a negative size", (m) => set(m, { size: -1 }), /layers\[0\]\.size: must be a whole number/],
    ["a fractional size", (m) => set(m, { size: 1.5 }), /layers\[0\]\.size/],
    ["a size past 2^53", (m) => set(m, { size: 2 ** 53 + 2 }), /layers\[0\]\.size/],
    ["a size in words", (m) => set(m, { size: "1" }), /layers\[0\]\.size/],
    [
      "fewer layers than diff_ids",
      (m) => ({ ...m, layers: [] }),
      /0 layers, but its config has 1 diff_ids/,
    ],
    [
      "more layers than diff_ids",
      (m) => ({ ...m, layers: [...m.layers as [], ...m.layers as []] }),
      /2 layers, but its config has 1 diff_ids/,
    ],
  ])("refuses %s", async (_, change, message) => {
    await expect(load(change)).rejects.toThrow(message);
  });

  it("refuses one layer that is to unpack to two things", async () => {
    const two = await image({ layers: [{ a: "1" }, { b: "2" }] });
    const [first] = two.layers;
    const twice = createImage("oci", two.config, [first!, {
      ...two.layers[1]!,
      descriptor: first!.descriptor,
    }]);
    await expect(readRoot(twice.manifest, () => two.config)).rejects.toThrow(
      /unpacks to sha256:.*, and to/,
    );
    const same = await image({ layers: [{ a: "1" }, { a: "1" }] });
    expect(await readRoot(same.manifest, () => same.config)).toMatchObject({ kind: "image" });
  });

  it("takes an index's child of a type that nobody knows for an artifact", async () => {
    const unknown = contentOf("application/vnd.example.v9+json", Buffer.from("whatever"));
    const { manifest } = index([{ kind: "artifact", manifest: unknown, blobs: [] }]);
    const root = await readRoot(manifest, () => unknown);
    if (root.kind !== "index") throw new Error("not an index");
    expect(await root.children[0]!.load()).toEqual({
      kind: "artifact",
      manifest: unknown,
      blobs: [],
    });
  });

  it("refuses a list and a manifest that is too large", async () => {
    await expect(readRoot(contentOf(OCI.manifest, Buffer.from("[]")), boom)).rejects.toThrow(
      /not a JSON object/,
    );
    const large = contentOf(OCI.manifest, Buffer.alloc((4 << 20) + 1, " "));
    await expect(readRoot(large, boom)).rejects.toMatchObject({ code: "LIMIT" });
  });
});

function set(manifest: Record<string, unknown>, fields: Record<string, unknown>) {
  const [layer] = manifest.layers as Record<string, unknown>[];
  return { ...manifest, layers: [{ ...layer, ...fields }] };
}

function boom(): never {
  throw new Error("nobody asked for this");
}
