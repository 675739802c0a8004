/** The steps that change images. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collectStream, streamBytes } from "../../src/bytes/stream.ts";
import { flatten } from "../../src/flatten/flatten.ts";
import { createImage, rebuildImage } from "../../src/image/documents/assemble.ts";
import { contentOf } from "../../src/image/content.ts";
import { readConfig, readIndex, readManifest } from "../../src/image/documents/load.ts";
import { encodeJson } from "../../src/image/json.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Image, Index, Layer, Root } from "../../src/image/root.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import type { Step } from "../../src/image/step.ts";
import { loadImages } from "../../src/image/tree.ts";
import { annotate } from "../../src/steps/annotate.ts";
import { append } from "../../src/steps/append.ts";
import { config } from "../../src/steps/config.ts";
import { openLayerFile } from "../../src/steps/layer-file.ts";
import { normalize } from "../../src/steps/normalize.ts";
import { onPlatforms } from "../../src/steps/on-platforms.ts";
import { rebase } from "../../src/steps/rebase.ts";
import { remove } from "../../src/steps/remove.ts";
import { squash } from "../../src/steps/squash.ts";
import { strip } from "../../src/steps/strip.ts";
import { readTar } from "../../src/tar/read.ts";
import { type TarInput, writeTar } from "../../src/tar/write.ts";
import { temporaryFolder } from "../support/folder.ts";
import { artifact, image, index, layerOf, tarFile } from "../support/images.ts";

const amd64 = parsePlatform("linux/amd64");
const arm64 = parsePlatform("linux/arm64");

/** Runs steps, and looks at the result while its scratch is there. */
async function through<T>(
  steps: readonly Step[],
  root: Root,
  look: (root: Root, notices: string[]) => T | Promise<T>,
): Promise<T> {
  const scratch = createScratch();
  const notices: string[] = [];
  try {
    let result = root;
    for (const step of steps) {
      result = await step(result, { scratch, onNotice: ({ message }) => notices.push(message) });
    }
    return await look(result, notices);
  } finally {
    await scratch[Symbol.asyncDispose]();
  }
}

const configOf = async (root: Root) => (await readConfig((root as Image).config)).json;

/** The names and contents that a container would see. */
async function filesOf(root: Root): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { entry, data } of readTar(flatten(root as Image))) {
    const text = String(await collectStream(data, 1 << 20, "a file"));
    files[entry.path] = entry.type === "hardlink" ? `=${entry.linkpath}` : text;
  }
  return files;
}

/** The names in one layer, marks among them. */
async function namesIn(layer: Layer): Promise<string[]> {
  const names: string[] = [];
  for await (
    const { entry } of readTar(flatten({ layers: [layer] } as unknown as Image, { layer: 1 }))
  ) {
    names.push(entry.path);
  }
  return names;
}

async function layerOfMembers(members: readonly TarInput[]): Promise<Layer> {
  const tar = await collectStream(writeTar(members), 1 << 20, "a layer");
  const plain = contentOf("application/vnd.oci.image.layer.v1.tar", tar);
  return { ...plain, diffId: plain.descriptor.digest };
}

const file = (path: string, text = ""): TarInput => ({
  fields: { path, size: text.length, mode: 0o644 },
  data: streamBytes(Buffer.from(text)),
});
const folder = (path: string): TarInput => ({
  fields: { path: `${path}/`, type: "directory", mode: 0o755 },
});

async function imageOf(...layers: readonly (readonly TarInput[])[]): Promise<Image> {
  const plain = await Promise.all(layers.map(layerOfMembers));
  const rootfs = { type: "layers", diff_ids: plain.map(({ diffId }) => diffId) };
  const json = encodeJson({ os: "linux", architecture: "amd64", rootfs });
  return createImage("oci", contentOf("application/json", json), plain);
}

/** Two images, and BuildKit's attestation of the first. */
async function attested(): Promise<{ root: Index; images: Image[] }> {
  const images = [await image({ platform: amd64 }), await image({ platform: arm64 })];
  const plain = index([...images, artifact()], [amd64, arm64, {
    os: "unknown",
    architecture: "unknown",
  }]);
  const json = await readIndex(plain.manifest);
  json.manifests[2]!.annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": images[0]!.manifest.descriptor.digest,
  };
  const manifest = contentOf(plain.manifest.descriptor.mediaType, encodeJson(json));
  const children = plain.children.map(({ load }, i) => ({
    descriptor: json.manifests[i] as never,
    load,
  }));
  return { root: { kind: "index", manifest, children }, images };
}

describe("config", () => {
  it("sets, adds and takes away, and leaves what it does not name", async () => {
    const given = await image({
      config: {
        Env: ["PATH=/bin", "OLD=1", "KEEP=a=b"],
        Labels: { a: "1", b: "2" },
        exposedports: { "80/tcp": {}, "81/tcp": {} },
        Volumes: { "/data": {} },
        Cmd: ["/hello"],
        Custom: { x: 1 },
      },
    });
    const run = {
      Env: { OLD: null, PATH: "/usr/bin", NEW: "" },
      Labels: { a: null, c: "3" },
      ExposedPorts: { "80/tcp": null },
      Volumes: { "/data": null },
      User: "1000",
      WorkingDir: "/srv",
    };
    await through([config({ run, created: "2024-01-31T12:00:00Z" })], given, async (got) => {
      expect((got as Image).layers).toBe((given as Image).layers);
      const json = await configOf(got);
      expect(json.created).toBe("2024-01-31T12:00:00Z");
      expect(json.config).toEqual({
        Env: ["PATH=/usr/bin", "KEEP=a=b", "NEW="],
        Labels: { b: "2", c: "3" },
        exposedports: { "81/tcp": {} },
        Cmd: ["/hello"],
        Custom: { x: 1 },
        User: "1000",
        WorkingDir: "/srv",
      });
    });
  });

  it("keeps the very image where nothing changes", async () => {
    const given = await image({ config: { Env: ["A=1"], Labels: { a: "1" } } });
    const run = { Env: { A: "1", GONE: null }, Labels: { a: "1" } };
    await through([config({ run })], given, (got) => expect(got).toBe(given));
  });

  it("drops the Cmd of an Entrypoint that goes, and says so", async () => {
    const given = await image();
    await through([config({ run: { Entrypoint: ["/app"] } })], given, async (got, notices) => {
      expect((await configOf(got)).config).toEqual({ Entrypoint: ["/app"] });
      expect(notices).toEqual([expect.stringContaining("--cmd")]);
    });
    const both = { Entrypoint: ["/app"], Cmd: ["x"] };
    await through([config({ run: both })], given, async (got, notices) => {
      expect((await configOf(got)).config).toEqual({ Cmd: ["x"], Entrypoint: ["/app"] });
      expect(notices).toEqual([]);
    });
  });

  it("repairs a platform, in the config and in the index", async () => {
    const { root } = await attested();
    const riscv = parsePlatform("linux/riscv64");
    const steps = [onPlatforms([arm64], config({ platform: riscv }))];
    await through(steps, root, async (got) => {
      const { manifests } = await readIndex(got.manifest);
      expect(manifests.map((entry) => entry.platform?.architecture)).toEqual([
        "amd64",
        "riscv64",
        "unknown",
      ]);
      const images = await loadImages(got);
      expect((await configOf(images[1]!)).architecture).toBe("riscv64");
    });
    await expect(through([config({ platform: amd64 })], root, () => {})).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("2 images for linux/amd64"),
    });
  });

  it("takes the history away", async () => {
    const steps = [remove(["/x"]), config({ history: "none" })];
    await through(steps, await image(), async (got) => {
      expect(Object.keys(await configOf(got))).not.toContain("history");
    });
  });
});

describe("an index", () => {
  it("keeps what is not meant, and points attestations at what they are about", async () => {
    const { root, images } = await attested();
    const steps = [onPlatforms([amd64], config({ run: { User: "1" } }))];
    await through(steps, root, async (got, notices) => {
      const { manifests } = await readIndex(got.manifest);
      expect(manifests).toHaveLength(3);
      expect(manifests[0]!.digest).not.toBe(images[0]!.manifest.descriptor.digest);
      expect(manifests[1]!.digest).toBe(images[1]!.manifest.descriptor.digest);
      expect(manifests[2]!.annotations!["vnd.docker.reference.digest"]).toBe(manifests[0]!.digest);
      expect(notices).toEqual(["1 of the 2 images in the index has changed"]);
    });
  });

  it("refuses platforms that it does not have", async () => {
    const { root } = await attested();
    const step = onPlatforms([parsePlatform("linux/s390x")], squash());
    await expect(through([step], root, () => {})).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: "choose from linux/amd64, linux/arm64",
    });
  });
});

describe("annotate", () => {
  it("writes to manifests, to the index, to its entries", async () => {
    const { root } = await attested();
    const steps = [
      annotate({ a: "1" }),
      annotate({ b: "2" }, "index"),
      annotate({ c: "3" }, "index-descriptor"),
    ];
    await through(steps, root, async (got) => {
      const json = await readIndex(got.manifest);
      expect(json.annotations).toEqual({ b: "2" });
      expect(json.manifests[0]!.annotations).toEqual({ c: "3" });
      expect(json.manifests[2]!.annotations).not.toHaveProperty("c");
      for (const { manifest } of await loadImages(got)) {
        expect((await readManifest(manifest)).annotations).toEqual({ a: "1" });
      }
      await through([annotate({ b: null }, "index")], got, async (less) => {
        expect(await readIndex(less.manifest)).not.toHaveProperty("annotations");
      });
    });
  });

  it("refuses where there is no place for them", async () => {
    const docker = await image({ format: "docker" });
    await expect(through([annotate({ a: "1" })], docker, () => {})).rejects
      .toMatchObject({ code: "UNSUPPORTED", hint: expect.stringContaining("--format oci") });
    await expect(through([annotate({ a: "1" }, "index")], docker, () => {})).rejects
      .toMatchObject({ code: "USAGE" });
  });
});

describe("append", () => {
  it("packs a tar as the layers below are, in the family of the image", async () => {
    const path = join(await temporaryFolder(), "a.tar");
    await writeFile(path, await tarFile({ "new.txt": "new" }));
    for (const format of ["oci", "docker"] as const) {
      for (const compression of ["none", "gzip", "zstd"] as const) {
        const given = await image({ format, compression, layers: [{ "old.txt": "old" }] });
        await through([append([await openLayerFile(path)])], given, async (got) => {
          const { layers } = got as Image;
          expect(layers[0]).toBe(given.layers[0]);
          expect(layers[1]!.descriptor.mediaType).toBe(layers[0]!.descriptor.mediaType);
          expect(await filesOf(got)).toEqual({ "new.txt": "new", "old.txt": "old" });
          const json = await configOf(got);
          expect(json.rootfs.diff_ids).toEqual(layers.map(({ diffId }) => diffId));
          expect(json.history).toHaveLength(2);
        });
      }
    }
  });

  it("takes packed tars as they are, and refuses what is none", async () => {
    const home = await temporaryFolder();
    const layer = await layerOf({ "a": "1" }, "gzip");
    const bytes = await collectStream(layer.open(), 1 << 20, "a layer");
    await writeFile(join(home, "a.tgz"), bytes);
    expect(await openLayerFile(join(home, "a.tgz"))).toMatchObject({
      descriptor: layer.descriptor,
      diffId: layer.diffId,
    });
    await writeFile(join(home, "text"), "no tar at all".repeat(100));
    await expect(openLayerFile(join(home, "text"))).rejects.toMatchObject({ code: "MALFORMED" });
  });
});

describe("remove", () => {
  it("hides, and refuses the root and what leaves it", async () => {
    const given = await image({ layers: [{ "etc/motd": "hi", "etc/passwd": "root" }] });
    await through([remove(["/etc/motd"])], given, async (got) => {
      expect(await filesOf(got)).toEqual({ "etc/": "", "etc/passwd": "root" });
    });
    expect(() => remove(["/"])).toThrow("root of an image");
    expect(() => remove(["../x"])).toThrow("leaves");
  });
});

describe("squash", () => {
  it("makes one layer of all, links kept", async () => {
    const given = await imageOf(
      [folder("d"), file("d/a", "one"), file("gone", "x")],
      [
        file(".wh.gone"),
        { fields: { path: "link", type: "hardlink", linkpath: "d/a" } },
        file("d/b", "two"),
      ],
    );
    await through([squash()], given, async (got) => {
      expect((got as Image).layers).toHaveLength(1);
      expect(await namesIn((got as Image).layers[0]!)).toEqual(["d/", "d/a", "d/b", "link"]);
      expect(await filesOf(got)).toEqual(await filesOf(given));
      expect((await filesOf(got))["link"]).toBe("=d/a");
      expect((await configOf(got)).history).toHaveLength(1);
    });
  });

  it("keeps hidden what the layers hide of those below", async () => {
    const given = await imageOf(
      [
        folder("a"),
        file("a/1"),
        file("a/2"),
        folder("b"),
        file("b/1"),
        folder("c"),
        file("c/1"),
        folder("d"),
        file("d/1"),
        file("top"),
      ],
      [file("a/.wh.1"), file(".wh.b"), file("c", "a file now"), file(".wh.top"), file("a/3")],
      [folder("b"), file("b/2"), folder("c"), file("c/2"), file("d/.wh..wh..opq"), file("a/.wh.3")],
    );
    const seen = await filesOf(given);
    expect(Object.keys(seen)).toEqual(["a/", "a/2", "b/", "b/2", "c/", "c/2", "d/"]);
    await through([squash(2)], given, async (got) => {
      const { layers } = got as Image;
      expect(layers).toHaveLength(2);
      expect(layers[0]!.descriptor).toEqual(given.layers[0]!.descriptor);
      expect(await filesOf(got)).toEqual(seen);
    });
    await through([squash(3)], given, async (got) => expect(await filesOf(got)).toEqual(seen));
  });

  it("refuses more layers than there are, and leaves what is one", async () => {
    const given = await image();
    await through([squash()], given, (got) => expect(got).toBe(given));
    await expect(through([squash(2)], given, () => {})).rejects.toMatchObject({ code: "USAGE" });
  });

  it("says which layer a link needs", async () => {
    const given = await imageOf(
      [file("a", "1")],
      [{ fields: { path: "b", type: "hardlink", linkpath: "a" } }],
      [file("c")],
    );
    await expect(through([squash(2)], given, () => {})).rejects
      .toMatchObject({
        code: "UNSUPPORTED",
        hint: expect.stringContaining("squash that one, too"),
      });
    await through([squash(3)], given, async (got) => {
      expect(await filesOf(got)).toEqual({ a: "1", b: "=a", c: "" });
    });
  });
});

describe("rebase", () => {
  async function family() {
    const old = await image({ layers: [{ "os": "old" }], config: { Env: ["BASE=1"] } });
    const next = await image({ layers: [{ "os": "new" }, { "more": "1" }] });
    const app = await through(
      [
        append([await layerOf({ "app": "1" })], "the app"),
        config({ run: { User: "7" } }),
      ],
      old,
      (root) => root as Image,
    );
    return { old, next, app };
  }

  it("changes the base and nothing else, and says it in annotations", async () => {
    const { old, next, app } = await family();
    await through([rebase(old, next, "docker.io/library/base:2")], app, async (got) => {
      expect(await filesOf(got)).toEqual({ app: "1", more: "1", os: "new" });
      const json = await configOf(got);
      expect(json.config).toEqual((await configOf(app)).config);
      expect(json.history?.map((entry) => entry.created_by)).toEqual([
        undefined,
        undefined,
        "the app",
      ]);
      expect((await readManifest(got.manifest)).annotations).toEqual({
        "org.opencontainers.image.base.name": "docker.io/library/base:2",
        "org.opencontainers.image.base.digest": next.manifest.descriptor.digest,
      });
    });
  });

  it("knows a base that was packed anew, and asks annotations for it", async () => {
    const { old, next, app } = await family();
    const tar = await layerOf({ "os": "old" }, "zstd");
    const repacked = await rebuildImage(old, { layers: [tar] });
    const asked: unknown[] = [];
    const find = (annotations: unknown) => (asked.push(annotations), Promise.resolve(repacked));
    await through([annotate({ x: "y" }), rebase(find, next)], app, async (got) => {
      expect(await filesOf(got)).toEqual({ app: "1", more: "1", os: "new" });
    });
    expect(asked).toEqual([{ x: "y" }]);
  });

  it("refuses an image that stands on something else", async () => {
    const { next, app } = await family();
    await expect(through([rebase(next, next)], app, () => {})).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("layer 1 is sha256:"),
    });
  });

  it("takes of indexes what is for the image's platform", async () => {
    const make = (text: string) =>
      Promise.all([amd64, arm64].map((platform) => image({ platform, layers: [{ os: text }] })));
    const [olds, news] = [await make("old"), await make("new")];
    const bases = [olds, news].map((images) => index(images, [amd64, arm64]));
    const app = await through([append([await layerOf({ "app": "1" })])], bases[0]!, (root) => root);
    await through([rebase(bases[0]!, bases[1]!)], app, async (got) => {
      const images = await loadImages(got);
      expect(images.map(({ layers }) => layers[0]!.descriptor.digest)).toEqual(
        news.map(({ layers }) => layers[0]!.descriptor.digest),
      );
      for (const { manifest } of images) {
        expect((await readManifest(manifest)).annotations).toMatchObject({
          "org.opencontainers.image.base.digest": bases[1]!.manifest.descriptor.digest,
        });
      }
    });
  });
});

describe("strip", () => {
  it("leaves files out of the layers that have them, and keeps the others", async () => {
    const members = ["a.pyc", "b/c.pyc", "b/d"].map((path) => ({
      fields: { path, size: 1 },
      data: streamBytes(Buffer.from(path.slice(-1))),
    }));
    const links = [["b/e", "a.pyc"], ["b/f", "a.pyc"]].map(([path, linkpath]) => ({
      fields: { path: path!, type: "hardlink" as const, linkpath: linkpath! },
    }));
    const marks = [{ fields: { path: "b/.wh.g.pyc" } }];
    const layer = await layerOfMembers([...members, ...links, ...marks]);
    const base = await layerOf({ "g.txt": "g", "b/g.pyc": "g" }, "none");
    const kept = await layerOf({ "h": "h" });
    const config = (await image()).config;
    const json = (await readConfig(config)).json;
    const layers = [base, layer, kept];
    const rootfs = { ...json.rootfs, diff_ids: layers.map(({ diffId }) => diffId) };
    const bytes = encodeJson({ ...json, rootfs });
    const given = createImage("oci", contentOf(config.descriptor.mediaType, bytes), layers);
    await through([strip(["**/*.pyc", "b/d"])], given, async (got) => {
      expect(await filesOf(got)).toEqual({
        "b/": "",
        "b/e": "c",
        "b/f": "=b/e",
        "g.txt": "g",
        h: "h",
      });
      expect(await namesIn((got as Image).layers[1]!)).toContain("b/.wh.g.pyc");
      expect((got as Image).layers[2]!.descriptor).toEqual(kept.descriptor);
    });
    await through([strip(["nothing"])], given, (got) => expect(got).toBe(given));
  });
});

describe("normalize", () => {
  it("makes the same of builds that differ in time, order and names of owners", async () => {
    const build = (mtime: bigint, uname: string, paths: readonly string[]) =>
      imageOf(paths.map((path) => ({ fields: { path, mtime, uname, uid: 5, mode: 0o644 } })));
    const first = await build(1_700_000_000_000_000_000n, "me", ["b", "a", ".wh.c"]);
    const second = await build(1_800_000_000_000_000_000n, "you", [".wh.c", "a", "b"]);
    const digest = (given: Image) =>
      through([normalize(1000)], given, async (got) => {
        expect((await configOf(got)).created).toBe("1970-01-01T00:16:40Z");
        return (got as Image).layers[0]!.descriptor.digest;
      });
    expect(await digest(first)).toBe(await digest(second));
    await through([normalize(1000)], first, (once) =>
      through([normalize(1000)], once, (twice) => {
        expect((twice as Image).layers[0]).toEqual((once as Image).layers[0]);
      }));
  });
});

describe("an image without anything", () => {
  it("gets its first layer as gzip", async () => {
    const bytes = encodeJson({ os: "linux", architecture: "amd64", rootfs: { diff_ids: [] } });
    const empty = createImage("oci", contentOf("application/json", bytes), []);
    await through([append([await layerOfMembers([file("a", "1")])])], empty, async (got) => {
      const [layer] = (got as Image).layers;
      expect(layer!.descriptor.mediaType).toMatch(/gzip$/);
      const stored = await collectStream(layer!.open(), 1 << 20, "a layer");
      expect(createHash("sha256").update(stored).digest("hex")).toBe(
        layer!.descriptor.digest.slice(7),
      );
    });
  });
});
