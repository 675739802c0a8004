/** Images are made again: the same, compressed in another way, or different, and by what. */
import { describe, expect, it } from "vitest";
import { compressStream } from "../../src/bytes/compression.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { content, contentOf } from "../../src/image/content.ts";
import { createImage, rebuildImage } from "../../src/image/documents/assemble.ts";
import { encodeJson } from "../../src/image/json.ts";
import { layerMediaTypeOf } from "../../src/image/media-types.ts";
import type { Image, Layer } from "../../src/image/root.ts";
import { findFirstDifference } from "../../src/prove/first-difference.ts";
import { proveOrigin } from "../../src/prove/image.ts";
import { type TarInput, writeTar } from "../../src/tar/write.ts";

type Kind = "none" | "gzip" | "gzip-portable" | "zstd";

const file = (path: string, text: string, fields: Partial<TarInput["fields"]> = {}): TarInput => ({
  fields: { path, size: text.length, mode: 0o644, mtime: 0n, ...fields },
  data: streamBytes(Buffer.from(text)),
});

const tarOf = (members: TarInput[]) => collectStream(writeTar(members), 1 << 20, "a tar");

async function layerOf(tar: Buffer, kind: Kind = "none", level?: number): Promise<Layer> {
  const stored = kind === "none" ? tar : await collectStream(
    compressStream(streamBytes(tar), { kind, ...level && { level } }),
    1 << 20,
    "it",
  );
  const compression = kind === "gzip-portable" ? "gzip" : kind;
  const mediaType = layerMediaTypeOf({ format: "oci", compression, distributable: true })!;
  return { ...contentOf(mediaType, stored), diffId: digestOf(tar) };
}

function imageOf(layers: readonly Layer[], config: object = {}): Image {
  const json = {
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/a"], ...config },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
  return createImage("oci", contentOf("application/json", encodeJson(json)), layers);
}

const BASE = () => [file("a", "hello"), file("b", "world", { mode: 0o755 })];

/** Proves an image of one layer against one of another. */
async function prove(theirs: TarInput[], ours: TarInput[]) {
  const [image, made] = [await tarOf(theirs), await tarOf(ours)];
  const proof = await proveOrigin(
    imageOf([await layerOf(image, "gzip")]),
    imageOf([await layerOf(made)]),
  );
  return proof.layers[0]!;
}

describe("an image", () => {
  it.each<Kind>(["none", "gzip", "gzip-portable", "zstd"])(
    "is the same, stored as %s",
    async (kind) => {
      const tar = await tarOf(BASE());
      const proof = await proveOrigin(
        imageOf([await layerOf(tar, kind)]),
        imageOf([await layerOf(tar)]),
      );
      expect(proof).toMatchObject({ outcome: "same", config: [], manifest: [] });
      expect(proof.made).toBe(proof.digest);
    },
  );

  it("is the same in Docker's format", async () => {
    const tar = await tarOf(BASE());
    const type = { format: "docker", compression: "gzip", distributable: true } as const;
    const layer = await layerOf(tar, "gzip");
    const named = {
      ...layer,
      descriptor: { ...layer.descriptor, mediaType: layerMediaTypeOf(type)! },
    };
    const image = await rebuildImage(imageOf([named]), { format: "docker" });
    expect(await proveOrigin(image, imageOf([await layerOf(tar)]))).toMatchObject({
      outcome: "same",
    });
  });

  it("has the same files in another form", async () => {
    const tar = await tarOf(BASE());
    const made = imageOf([await layerOf(tar)]);
    const proof = await proveOrigin(imageOf([await layerOf(tar, "gzip", 9)]), made);
    expect(proof).toMatchObject({ outcome: "compressed", layers: [{ outcome: "compressed" }] });
    const plain = imageOf([await layerOf(tar)]);
    const noted = await rebuildImage(plain, { annotations: { by: "me" } });
    expect(await proveOrigin(noted, made)).toMatchObject({
      outcome: "compressed",
      layers: [{ outcome: "same" }],
      manifest: ["annotations"],
    });
  });

  it("differs by its config, and by layers too many or too few", async () => {
    const [one, two] = [await layerOf(await tarOf(BASE())), await layerOf(await tarOf([]))];
    const other = imageOf([one], { Env: ["A=1"] });
    expect(await proveOrigin(other, imageOf([one]))).toMatchObject({
      outcome: "different",
      layers: [{ outcome: "same" }],
      config: ["config.Env"],
    });
    const surplus = await proveOrigin(imageOf([one, two]), imageOf([one]));
    expect(surplus.layers.map(({ outcome }) => outcome)).toEqual(["same", "surplus"]);
    const missing = await proveOrigin(imageOf([one]), imageOf([one, two]));
    expect(missing.layers.map(({ outcome }) => outcome)).toEqual(["same", "missing"]);
    expect([surplus.outcome, missing.outcome]).toEqual(["different", "different"]);
  });

  it("is not taken at its config's word: a layer that is compressed in another way is read", async () => {
    const [tar, other] = [await tarOf(BASE()), await tarOf([file("a", "hostile")])];
    const stored = { ...await layerOf(other, "gzip"), diffId: digestOf(tar) };
    await expect(proveOrigin(imageOf([stored]), imageOf([await layerOf(tar)])))
      .rejects.toThrow("but its config says");
  });

  it("is not proved by what is remembered: a layer is made", async () => {
    const tar = await tarOf(BASE());
    const layer = await layerOf(tar);
    const zeros = () => streamBytes(Buffer.alloc(tar.length));
    const stale = { ...content(layer.descriptor, zeros), diffId: layer.diffId };
    await expect(proveOrigin(imageOf([await layerOf(tar, "gzip")]), imageOf([stale])))
      .rejects.toThrow("has the wrong content");
  });
});

describe("a layer that differs smells of", () => {
  it.each<[string, TarInput[], string[], object]>([
    ["time", [file("a", "hello", { mtime: 5_000_000_000n }), BASE()[1]!], ["time"], {
      path: "a",
      part: "header",
    }],
    ["owner", [BASE()[0]!, file("b", "world", { mode: 0o755, uid: 7 })], ["owner"], {
      path: "b",
      part: "header",
    }],
    ["owner's name", [file("a", "hello", { uname: "me" }), BASE()[1]!], ["owner"], { path: "a" }],
    ["mode", [file("a", "hello", { mode: 0o600 }), BASE()[1]!], ["mode"], {
      path: "a",
      part: "header",
    }],
    ["order", BASE().reverse(), ["order"], { path: "a", part: "header", at: 0 }],
    ["content", [file("a", "helLo"), BASE()[1]!], ["content"], {
      path: "a",
      part: "content",
      at: 3,
      content: { path: "a", at: 3 },
    }],
    ["longer content", [BASE()[0]!, file("b", "world!", { mode: 0o755 })], ["content"], {
      path: "b",
      part: "header",
      content: { path: "b", at: 5 },
    }],
    ["other files", [BASE()[0]!, file("c", "world", { mode: 0o755 })], ["files"], {
      members: [{ path: "c", change: "added" }, { path: "b", change: "removed" }],
    }],
    [
      "a link",
      [{ fields: { path: "a", type: "symlink", linkpath: "b" } }, BASE()[1]!],
      ["type"],
      {},
    ],
    ["several", [file("a", "hello", { mtime: 1n, gid: 3, mode: 0 })], [
      "mode",
      "owner",
      "time",
      "files",
    ], {
      count: 2,
    }],
  ])("%s", async (_, ours, smells, difference) => {
    const layer = await prove(BASE(), ours);
    expect(layer).toMatchObject({ outcome: "different", difference: { ...difference } });
    expect(layer.difference?.smells).toEqual(smells);
  });

  it("the way in which it is written", async () => {
    const tar = await tarOf(BASE());
    const padded = Buffer.concat([tar, Buffer.alloc(10_240)]);
    const proof = await proveOrigin(
      imageOf([await layerOf(padded, "gzip")]),
      imageOf([await layerOf(tar)]),
    );
    expect(proof.layers[0]?.difference).toMatchObject({
      offset: tar.length,
      smells: ["format"],
      count: 0,
    });
  });
});

it("finds the first byte that differs, however the streams are cut", async () => {
  const cut = (text: string, size: number) =>
    streamBytes(
      ...(text.match(new RegExp(`.{1,${size}}`, "g")) ?? []).map((one) => Buffer.from(one)),
    );
  for (
    const [one, other, at] of [
      ["abcdef", "abcdef", undefined],
      ["abcdef", "abcxef", 3],
      ["abc", "abcdef", 3],
      ["", "", undefined],
      ["", "a", 0],
      ["xa", "a", 0],
    ] as const
  ) {
    for (const [m, n] of [[1, 1], [1, 6], [2, 3], [6, 6]] as const) {
      expect(await findFirstDifference(cut(one, m), cut(other, n))).toBe(at);
    }
  }
});
