import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import type { Notice } from "../../src/base/notices.ts";
import { content, contentOf, readContent } from "../../src/image/content.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { readIndex, readManifest } from "../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { formatPlatform, parsePlatform } from "../../src/image/platform.ts";
import type { Image, Index, Root } from "../../src/image/root.ts";
import type { Step } from "../../src/image/step.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import type { KnownBlob } from "../../src/cache/mod.ts";
import { compress } from "../../src/steps/compress.ts";
import { format } from "../../src/steps/format.ts";
import { resolveImage } from "../../src/steps/one-image.ts";
import { pin } from "../../src/steps/pin.ts";
import { platform } from "../../src/steps/platform.ts";
import { artifact, counted, image, index, sourceOf } from "../support/images.ts";

const LIMIT = 1 << 24;
const amd64 = parsePlatform("linux/amd64");
const arm64 = parsePlatform("linux/arm64");
const armv7 = parsePlatform("linux/arm/v7");

/** Runs a step, and looks at the result while its scratch is there. */
async function through(step: Step, root: Root, look: (root: Root, notices: string[]) => unknown) {
  const bench = createScratch();
  const notices: string[] = [];
  try {
    await look(
      await step(root, { scratch: bench, onNotice: (n) => notices.push(n.message) }),
      notices,
    );
  } finally {
    await bench[Symbol.asyncDispose]();
  }
}

async function multi(): Promise<{ root: Index; images: Image[] }> {
  const platforms = [amd64, arm64, armv7];
  const images = await Promise.all(platforms.map((platform) => image({ platform })));
  return { root: index(images, platforms), images };
}

describe("pin", () => {
  it("lets the pinned root pass and no other", async () => {
    const root = await image();
    const { digest } = root.manifest.descriptor;
    await through(pin(digest), root, (got) => expect(got).toBe(root));
    await expect(through(pin(digestOf(Buffer.from("other"))), root, () => {})).rejects
      .toMatchObject({ code: "DIGEST", message: expect.stringContaining(digest) });
  });
});

describe("platform", () => {
  it("picks one image, loading no other", async () => {
    const { root, images } = await multi();
    let loads = 0;
    const children = root.children.map(({ descriptor, load }) => ({
      descriptor,
      load: () => (loads++, load()),
    }));
    await through(platform([arm64]), { ...root, children }, (got) => {
      expect(got.manifest.descriptor).toEqual(images[1]!.manifest.descriptor);
    });
    expect(loads).toBe(1);
  });

  it("makes an index of several, in the index's order, entries as they were", async () => {
    const { root } = await multi();
    await through(platform([armv7, amd64]), root, async (got) => {
      const { manifests } = await readIndex(got.manifest);
      expect(manifests.map((m) => formatPlatform(descriptorOf(m).platform!))).toEqual([
        "linux/amd64",
        "linux/arm/v7",
      ]);
      expect(got.kind === "index" && got.children.length).toBe(2);
    });
    await through(platform([amd64, arm64, armv7]), root, (got) => expect(got).toBe(root));
  });

  it("names what there is when nothing fits", async () => {
    const { root } = await multi();
    await expect(through(platform([parsePlatform("linux/s390x")]), root, () => {})).rejects
      .toMatchObject({
        code: "NOT_FOUND",
        hint: expect.stringContaining("linux/amd64, linux/arm64"),
      });
  });

  it("looks into configs where the index is silent, and passes attestations by", async () => {
    const children = [
      artifact(),
      await image({ platform: arm64 }),
      await image({ platform: amd64 }),
    ];
    const unknown = { os: "unknown", architecture: "unknown" };
    await through(platform([amd64]), index(children, [unknown]), (got) => {
      expect(got.manifest.descriptor.digest).toBe(children[2]!.manifest.descriptor.digest);
    });
  });

  it("leaves an image and an artifact alone; refuses an image for another platform", async () => {
    const root = await image({ platform: arm64 });
    for (const asked of [[arm64], []]) {
      await through(platform(asked), root, (got) => expect(got).toBe(root));
    }
    for (const asked of [[amd64], [arm64, amd64]]) {
      await expect(through(platform(asked), root, () => {})).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining("an image for linux/arm64, not for linux/amd64"),
      });
    }
    const signature = artifact();
    await through(platform([amd64]), signature, (got) => expect(got).toBe(signature));
  });
});

describe("format", () => {
  it("changes manifests only, there and back to the same bytes", async () => {
    const root = await image({ compression: "gzip" });
    await through(format("docker"), root, async (docker) => {
      const { config, layers } = docker as Image;
      expect(docker.manifest.descriptor.mediaType).toBe(MEDIA_TYPES.docker.manifest);
      expect(config.descriptor.digest).toBe(root.config.descriptor.digest);
      expect(layers[0]!.descriptor).toEqual({
        ...root.layers[0]!.descriptor,
        mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      });
      await through(format("oci"), docker, (oci) => {
        expect(oci.manifest.descriptor).toEqual(root.manifest.descriptor);
      });
    });
  });

  it("leaves alone what is in the format already", async () => {
    const { root } = await multi();
    for (const one of [root, await image(), artifact()]) {
      await through(format("oci"), one, (got) => expect(got).toBe(one));
    }
  });

  it("converts every image of an index, and the index", async () => {
    const { root } = await multi();
    await through(format("docker"), root, async (got) => {
      expect(got.manifest.descriptor.mediaType).toBe(MEDIA_TYPES.docker.index);
      const { manifests, mediaType } = await readIndex(got.manifest);
      expect(mediaType).toBe(MEDIA_TYPES.docker.index);
      expect(manifests.map((m) => m.mediaType)).toEqual(Array(3).fill(MEDIA_TYPES.docker.manifest));
      expect(manifests.map((m) => m.platform)).toEqual([amd64, arm64, armv7]);
      const child = await (got as Index).children[2]!.load();
      expect(child.manifest.descriptor.digest).toBe(manifests[2]!.digest);
    });
  });

  it("says that Docker's manifests have no annotations", async () => {
    const root = await image({ annotations: { key: "value" } });
    await through(format("docker"), root, async (got, notices) => {
      expect(notices).toEqual([expect.stringContaining("annotations")]);
      expect((await readManifest(got.manifest)).annotations).toBeUndefined();
    });
  });
});

describe("compress", () => {
  it.each(
    [["none", "gzip"], ["none", "zstd"], ["gzip", "none"], ["gzip", "zstd"], [
      "zstd",
      "gzip",
    ]] as const,
  )("makes layers of %s into %s, configs and diffIDs staying", async (from, to) => {
    const root = await image({ compression: from, layers: [{ a: "1" }, { b: "2".repeat(5000) }] });
    await through(compress({ kind: to }), root, async (got) => {
      const after = got as Image;
      expect(after.config.descriptor).toEqual(root.config.descriptor);
      expect(after.layers.map((l) => l.diffId)).toEqual(root.layers.map((l) => l.diffId));
      for (const layer of after.layers) {
        expect(layer.descriptor.mediaType).toContain(to === "none" ? "v1.tar" : `+${to}`);
        const bytes = await readContent(layer, LIMIT);
        if (to === "none") expect(digestOf(bytes)).toBe(layer.diffId);
      }
    });
  });

  it("leaves alone what is so already, and with onlyPlain all that is compressed", async () => {
    const gzip = await image({ compression: "gzip" });
    await through(compress({ kind: "gzip", level: 9 }), gzip, (got) => expect(got).toBe(gzip));
    const zstd = await image({ compression: "zstd" });
    await through(
      compress({ kind: "gzip", onlyPlain: true }),
      zstd,
      (got) => expect(got).toBe(zstd),
    );
  });

  it("does not open a layer whose blob is known, and proves it when it is opened", async () => {
    const memory = new Map<string, KnownBlob>();
    const known = {
      get: (diffId: Digest, recipe: string) => Promise.resolve(memory.get(diffId + recipe)),
      set: (diffId: Digest, recipe: string, blob: KnownBlob | undefined) => {
        if (blob) memory.set(diffId + recipe, blob);
        else memory.delete(diffId + recipe);
        return Promise.resolve();
      },
    };
    const { root, opened } = counted(await image({ compression: "none" }));
    const step = compress({ kind: "gzip", known });
    let first: Root | undefined;
    await through(step, root, (got) => void (first = got));
    expect(opened.size).toBe(1);
    opened.clear();
    await through(step, root, async (got) => {
      expect(got.manifest.descriptor).toEqual(first!.manifest.descriptor);
      expect(opened.size).toBe(0);
      await readContent((got as Image).layers[0]!, LIMIT);
      expect(opened.size).toBe(1);
    });
    for (const [key, blob] of memory) {
      memory.set(key, { ...blob, digest: digestOf(Buffer.from("no")) });
    }
    await through(step, root, async (got) => {
      await expect(readContent((got as Image).layers[0]!, LIMIT)).rejects.toMatchObject({
        code: "DIGEST",
      });
    });
    await through(compress({ kind: "gzip", level: 1, known }), root, () => {});
    expect(memory.size).toBe(1);
  });

  it("refuses a layer that unpacks to something else than its diffID", async () => {
    const root = await image();
    const layers = [{ ...root.layers[0]!, diffId: digestOf(Buffer.from("other")) }];
    await expect(through(compress({ kind: "zstd" }), { ...root, layers }, () => {})).rejects
      .toMatchObject({ code: "DIGEST" });
  });

  it("keeps attestations pointing at the images that they are about", async () => {
    const one = await image();
    const about = artifact();
    const plain = index([one, about], [amd64, { os: "unknown", architecture: "unknown" }]);
    const json = await readIndex(plain.manifest);
    const key = "vnd.docker.reference.digest";
    json.manifests[1]!.annotations = { [key]: one.manifest.descriptor.digest };
    const bytes = Buffer.from(JSON.stringify(json));
    const root: Index = {
      ...plain,
      manifest: content(
        { ...plain.manifest.descriptor, digest: digestOf(bytes), size: bytes.length },
        async function* () {
          yield bytes;
        },
      ),
    };
    await through(compress({ kind: "zstd" }), root, async (got) => {
      const { manifests } = await readIndex(got.manifest);
      expect(manifests[0]!.digest).not.toBe(one.manifest.descriptor.digest);
      expect(manifests[1]!.annotations![key]).toBe(manifests[0]!.digest);
    });
  });
});

describe("resolveImage", () => {
  const both = async () => {
    const images = [await image({ platform: amd64 }), await image({ platform: arm64 })] as const;
    return { images, source: sourceOf({ latest: index(images, [amd64, arm64]) }) };
  };

  it("gets the platform's image of an index, also of one in an index", async () => {
    const { images, source } = await both();
    const nested = sourceOf({ latest: index([await source.resolve()], [arm64]) });
    for (const from of [source, nested]) {
      const { manifest } = await resolveImage(from, { platform: arm64 });
      expect(manifest.descriptor.digest).toBe(images[1].manifest.descriptor.digest);
    }
  });

  it("gets an image by its name, for whatever platform it is, and says so", async () => {
    const notices: string[] = [];
    const source = sourceOf({ latest: artifact(), arm: await image({ platform: arm64 }) });
    const onNotice = ({ message }: Notice) => notices.push(message);
    await resolveImage(source, { reference: "arm", platform: amd64, onNotice });
    expect(notices.join()).toMatch(/is an image for linux\/arm64, not for linux\/amd64/);
  });

  it("refuses what is not an image", async () => {
    await expect(resolveImage(sourceOf({ latest: artifact() }))).rejects
      .toMatchObject({ code: "UNSUPPORTED" });
  });

  it.each(["+xz", "+gzip+encrypted"])("names a layer of %s, which it cannot read", async (form) => {
    const { manifest, blobs } = artifact();
    const layer = contentOf(`application/vnd.oci.image.layer.v1.tar${form}`, Buffer.from("bytes"));
    const latest = { kind: "artifact", manifest, blobs: [...blobs, layer] } as const;
    await expect(resolveImage(sourceOf({ latest }))).rejects.toThrow(
      `has a layer that cannot be read: application/vnd.oci.image.layer.v1.tar${form}`,
    );
  });
});
