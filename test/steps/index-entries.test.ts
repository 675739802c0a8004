/** Indexes are made of images, and change. */
import { describe, expect, it } from "vitest";
import { readIndex } from "../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Image, Index, Root } from "../../src/image/root.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import type { Step } from "../../src/image/step.ts";
import { addToIndex, createIndex, removeFromIndex } from "../../src/steps/index-entries.ts";
import { artifact, image, index } from "../support/images.ts";

const [amd64, arm64, riscv64] = ["amd64", "arm64", "riscv64"].map((arch) =>
  parsePlatform(`linux/${arch}`)
) as [
  ReturnType<typeof parsePlatform>,
  ReturnType<typeof parsePlatform>,
  ReturnType<typeof parsePlatform>,
];
const UNKNOWN = { os: "unknown", architecture: "unknown" };

async function apply(step: Step, root: Root): Promise<Root> {
  await using scratch = createScratch();
  return await step(root, { scratch });
}

/** An index as BuildKit makes it of one image: the image, and an attestation about it. */
async function buildkit(platform: typeof amd64): Promise<{ root: Index; image: Image }> {
  const one = await image({ platform });
  const proof = artifact(`of ${platform.architecture}`);
  const about = { "vnd.docker.reference.digest": one.manifest.descriptor.digest };
  const noted = { ...proof, manifest: { ...proof.manifest } };
  const descriptor = { ...proof.manifest.descriptor, annotations: about };
  Object.assign(noted.manifest, { descriptor });
  return { root: index([one, noted], [platform, UNKNOWN]), image: one };
}

const entriesOf = async (root: Root) =>
  (await readIndex(root.manifest)).manifests.map(({ platform }) => platform?.architecture);

describe("an index of images", () => {
  it("reads platforms, takes indexes apart, and keeps attestations", async () => {
    const [a, b] = [await buildkit(amd64), await buildkit(arm64)];
    const nested = index([a.root]);
    const made = await createIndex([{ root: nested }, { root: b.root }, {
      root: await image({ platform: riscv64 }),
    }]);
    expect(await entriesOf(made)).toEqual(["amd64", "unknown", "arm64", "unknown", "riscv64"]);
    expect(made.manifest.descriptor.mediaType).toBe(MEDIA_TYPES.oci.index);
    const [, proof] = (await readIndex(made.manifest)).manifests;
    expect(proof!.annotations).toEqual({
      "vnd.docker.reference.digest": a.image.manifest.descriptor.digest,
    });
    expect(made.children).toHaveLength(5);
  });

  it("is Docker's of Docker's images", async () => {
    const images = await Promise.all(
      [amd64, arm64].map((platform) => image({ platform, format: "docker" })),
    );
    const made = await createIndex(images.map((root) => ({ root })));
    expect(made.manifest.descriptor.mediaType).toBe(MEDIA_TYPES.docker.index);
  });

  it("refuses twins, unless somebody says what they are for", async () => {
    const [one, two] = [await image({ platform: amd64 }), await image({ platform: amd64 })];
    await expect(createIndex([{ root: one }, { root: two }])).rejects
      .toMatchObject({ code: "USAGE", message: expect.stringContaining("linux/amd64") });
    await expect(createIndex([{ root: one }, { root: one }])).rejects.toMatchObject({
      code: "USAGE",
      message: `the index would have ${one.manifest.descriptor.digest} for linux/amd64 twice`,
    });
    const made = await createIndex([{ root: one }, { root: two, platform: arm64 }]);
    expect(await entriesOf(made)).toEqual(["amd64", "arm64"]);
  });

  it("gets more, keeps what it has, and changes nothing for what is there", async () => {
    const { root } = await buildkit(amd64);
    const more = await apply(addToIndex([{ root: await image({ platform: arm64 }) }]), root);
    expect(await entriesOf(more)).toEqual(["amd64", "unknown", "arm64"]);
    expect((await readIndex(more.manifest)).manifests.slice(0, 2)).toEqual(
      (await readIndex(root.manifest)).manifests,
    );
    expect(await apply(addToIndex([{ root }]), root)).toBe(root);
    await expect(apply(addToIndex([]), await image())).rejects.toMatchObject({ code: "USAGE" });
  });

  it("sees what an index within it has: a twin is refused, and the same image is there", async () => {
    const a = await buildkit(amd64);
    const around = index([a.root]);
    await expect(apply(addToIndex([{ root: await image({ platform: amd64 }) }]), around)).rejects
      .toMatchObject({ code: "USAGE", message: "the index would have two images for linux/amd64" });
    expect(await apply(addToIndex([{ root: a.image }]), around)).toBe(around);
    const more = await apply(addToIndex([{ root: await image({ platform: arm64 }) }]), around);
    expect((await readIndex(more.manifest)).manifests).toMatchObject([
      { digest: a.root.manifest.descriptor.digest },
      { platform: { architecture: "arm64" } },
    ]);
  });

  it("loses an image with its attestation", async () => {
    const [a, b] = [await buildkit(amd64), await buildkit(arm64)];
    const both = await createIndex([a, b]);
    const less = await apply(removeFromIndex([amd64]), both);
    expect(await entriesOf(less)).toEqual(["arm64", "unknown"]);
    const other = await apply(removeFromIndex([b.image.manifest.descriptor.digest]), both);
    expect(await entriesOf(other)).toEqual(["amd64", "unknown"]);
    await expect(apply(removeFromIndex([riscv64]), both)).rejects
      .toMatchObject({ code: "NOT_FOUND", hint: expect.stringContaining("linux/arm64") });
    await expect(apply(removeFromIndex([arm64]), less)).rejects.toMatchObject({ code: "USAGE" });
  });
});
