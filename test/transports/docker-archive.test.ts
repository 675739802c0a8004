import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import type { Notice } from "../../src/base/notices.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { openFile } from "../../src/bytes/disk/file.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { createImage } from "../../src/image/documents/assemble.ts";
import { contentOf, readContent } from "../../src/image/content.ts";
import type { Image, Layer } from "../../src/image/root.ts";
import { putUnnamed } from "../../src/image/unnamed.ts";
import type { Source } from "../../src/image/source.ts";
import { indexTar } from "../../src/tar/index.ts";
import { encodeHeader, END_OF_ARCHIVE } from "../../src/tar/write.ts";
import { transport as placed } from "../../transports/docker-archive/mod.ts";
import type { DockerArchiveSideOptions } from "../../transports/docker-archive/options.ts";
import type { ArchiveSideOptions } from "../../transports/lib/archive/options.ts";
import { archiveOf, type Members, packWith } from "../support/archives.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import {
  artifact,
  image,
  type ImageSpec,
  index,
  layerOf,
  sourceOf,
  tarFile,
} from "../support/images.ts";
import { conformance } from "./conformance.ts";
import { atLocation } from "../support/at-location.ts";

const transport = atLocation(placed);

const LIMIT = 1 << 26;

conformance(placed, async () => {
  const { path, dispose } = await folderToDispose();
  const file = join(path, "archive.tar");
  return { location: (name) => name === undefined ? file : `${file}:${name}`, dispose };
}, {
  manifests: false,
  indexes: false,
  artifacts: false,
  adds: false,
  names: ["app:1.0", "quay.io/team/app:latest"],
});

async function store(put: Image, location: string, references: readonly string[] = []) {
  const to = await transport.sink(location);
  try {
    return await copy(sourceOf({ it: put }), to, { references });
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

/** A source that is open until the test is over. */
async function open(location: string, options: ArchiveSideOptions = {}): Promise<Source> {
  const source = await transport.source(location, options);
  onTestFinished(async () => await source[Symbol.asyncDispose]());
  return source;
}

async function openBytes(bytes: Uint8Array): Promise<Source> {
  const file = join(await temporaryFolder(), "archive.tar");
  await writeFile(file, bytes);
  return await open(file);
}

async function resolved(bytes: Uint8Array, reference?: string): Promise<Image> {
  return await (await openBytes(bytes)).resolve(reference) as Image;
}

/** What a source lists of images that have these names. */
const listed = (...names: string[]) =>
  names.map((name) => expect.objectContaining({ select: name, name }));

/** What `docker save` would write of one image with these layers, and changes to it. */
async function saved(layers: Record<string, Uint8Array>, changes: Members = {}) {
  const tars = Object.values(layers);
  const config = configFor(tars.map(digestOf));
  const name = `${digestOf(config).slice(7)}.json`;
  return await archiveOf({
    ...layers,
    [name]: config,
    "manifest.json": manifest({ Config: name, RepoTags: ["app:1"], Layers: Object.keys(layers) }),
    ...changes,
  });
}

function configFor(diffIds: readonly string[]): Buffer {
  const rootfs = { type: "layers", diff_ids: diffIds };
  return Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", rootfs }));
}

function manifest(...items: object[]): Buffer {
  return Buffer.from(JSON.stringify(items));
}

// What skopeo 1.9 makes of the image below, in `docker-archive:FILE:quay.io/team/app:1`.
const SKOPEOS = "sha256:bf5747ceaefbabeb585f015e1ba6a63c3291c59dac837c968135fa70cf30140b";

it.each<[string, unknown, string[]]>([
  ["null", null, ["@0"]],
  ["none", [], ["@0"]],
  ["an empty one", [""], ["@0"]],
  ["a null among them", [null, "app:1"], ["app:1"]],
  ["one twice", ["app:1", "app:1"], ["app:1"]],
])("reads names that are %s", async (_, RepoTags, selects) => {
  const layer = emptyTar();
  const config = configFor([digestOf(layer)]);
  const source = await openBytes(
    await archiveOf({
      "c.json": config,
      "l.tar": layer,
      "manifest.json": manifest({ Config: "c.json", RepoTags, Layers: ["l.tar"] }),
    }),
  );
  expect((await source.list!()).map(({ select }) => select)).toEqual(selects);
  for (const select of selects) expect((await source.resolve(select)).kind).toBe("image");
});

it("reads a list of images that is null", async () => {
  const source = await openBytes(await archiveOf({ "manifest.json": Buffer.from("null") }));
  expect(await source.list!()).toEqual([]);
  await expect(source.resolve()).rejects.toThrow("the archive holds no images");
});

it("says how its locations are written", async () => {
  await expect(transport.source("a.tar:")).rejects.toMatchObject({
    hint: "write docker-archive:PATH, docker-archive:PATH:NAME:TAG or docker-archive:PATH:@N",
  });
});

function emptyTar(): Buffer {
  return Buffer.concat([encodeHeader({ path: "empty", mode: 0o644 }), END_OF_ARCHIVE]);
}

/** A layer with an empty file. */
function emptyFileIn(path: string): Layer {
  const tar = Buffer.concat([encodeHeader({ path, mode: 0o644 }), END_OF_ARCHIVE]);
  const diffId = digestOf(tar);
  return { ...contentOf("application/vnd.oci.image.layer.v1.tar+gzip", gzipSync(tar)), diffId };
}

/** A config with all that Go writes otherwise than JavaScript: spaces, escapes, numbers, order. */
function awkwardConfig(diffIds: readonly string[]) {
  const labels = '{"a b": "<&> \u2028 \\" \\\\ , { ] \\u003c", "10": "x", "2": "y"}';
  const text = '{ "os" : "linux","architecture":"amd64",\n "created": null, ' +
    `"docker_version": "1\\u003c2",\n "config": {"Labels": ${labels}, "n": 1.0, "e": [ ], ` +
    `"o": { } }, "x": [1, {"os": "no"}],\n "rootfs": {"type":"layers",` +
    `"diff_ids":${JSON.stringify(diffIds)}}, "history": []  }\n`;
  return contentOf("application/vnd.oci.image.config.v1+json", Buffer.from(text));
}

describe("docker-archive: writing", () => {
  it("writes what docker save does", async () => {
    const file = join(await temporaryFolder(), "a.tar");
    const put = await image({ layers: [{ a: "1" }, { b: "2" }], compression: "gzip" });
    await store(put, `${file}:app:v2`, ["quay.io/x/y", "busybox:latest"]);
    const archive = await openFile(file);
    const tar = await indexTar(archive);
    const [first, second] = put.layers.map(({ diffId }) => `${diffId.slice(7)}.tar`);
    const config = `${put.config.descriptor.digest.slice(7)}.json`;
    const paths = tar.members.map(({ entry }) => entry.path);
    expect(paths.slice(0, 3)).toEqual([first, second, config]);
    expect(paths.slice(-2)).toEqual(["manifest.json", "repositories"]);
    const json = async (path: string) =>
      JSON.parse((await collectStream(tar.open(tar.find(path)!), LIMIT, path)).toString("utf8"));
    expect(await json("manifest.json")).toEqual([{
      Config: config,
      RepoTags: ["quay.io/x/y:latest", "docker.io/library/busybox:latest"],
      Layers: [first, second],
    }]);
    const { "quay.io/x/y": y, "docker.io/library/busybox": busybox } = await json("repositories");
    expect(y.latest).toBe(busybox.latest);
    expect(tar.find(`${y.latest}/layer.tar`)!.entry).toMatchObject({
      type: "symlink",
      linkpath: `../${second}`,
    });
    const top = await json(`${y.latest}/json`);
    expect(top).toMatchObject({ id: y.latest, architecture: "amd64", config: { Cmd: ["/hello"] } });
    expect(tar.find(`${top.parent}/layer.tar`)!.entry.linkpath).toBe(`../${first}`);
    for (const { entry } of tar.members) {
      expect(entry).toMatchObject({ mtime: 0n, uid: 0, gid: 0, uname: "", gname: "" });
    }
    await archive[Symbol.asyncDispose]();
  });

  it("writes skopeo's bytes, whatever the config looks like", async () => {
    const [a, b] = await Promise.all(["a", "b"].map(emptyFileIn));
    const layers = [a!, b!, a!];
    const config = awkwardConfig(layers.map(({ diffId }) => diffId));
    const file = join(await temporaryFolder(), "a.tar");
    await store(createImage("oci", config, layers), `${file}:quay.io/team/app:1`);
    expect(digestOf(await readFile(file))).toBe(SKOPEOS);
  });

  it("writes the same bytes whatever the layers were compressed with, and into a pipe", async () => {
    const folder = await temporaryFolder();
    const layers: ImageSpec["layers"] = [{ a: "1".repeat(70_000) }, { b: "2" }];
    const fifo = join(folder, "fifo");
    await promisify(execFile)("mkfifo", [fifo]);
    // By another process: on Deno, to write to a full pipe holds up all that this one does.
    const piped = promisify(execFile)("cat", [fifo], { encoding: "buffer" });
    await store(await image({ layers, compression: "gzip" }), `${fifo}:app`);
    const bytes = (await piped).stdout;
    for (const compression of ["none", "gzip", "zstd"] as const) {
      const file = join(folder, `${compression}.tar`);
      await store(await image({ layers, compression }), `${file}:app`);
      expect(await readFile(file)).toEqual(bytes);
    }
  });

  it("keeps what compresses layers when it is told to, and reads the same image back", async () => {
    const tars = await Promise.all([1, 2, 3, 4].map((n) => tarFile({ [`f${n}`]: `${n}` })));
    const [gzip, zstd, plain, wrong] = tars as [Buffer, Buffer, Buffer, Buffer];
    const layer = (type: string, bytes: Uint8Array, tar: Uint8Array): Layer => ({
      ...contentOf(`application/vnd.oci.image.layer.v1.${type}`, bytes),
      diffId: digestOf(tar),
    });
    const layers = [
      layer("tar+gzip", gzipSync(gzip), gzip),
      layer("tar+zstd", zstdCompressSync(zstd), zstd),
      layer("tar", plain, plain),
      layer("tar", gzipSync(wrong), wrong), // its type is another than its bytes are of
    ];
    const config = contentOf(
      "application/vnd.oci.image.config.v1+json",
      configFor(tars.map(digestOf)),
    );
    const put = await createImage("oci", config, layers);
    const file = join(await temporaryFolder(), "kept.tar");
    const to = await transport.sink(`${file}:app:1`, { keepsLayers: true });
    onTestFinished(() => to[Symbol.asyncDispose]());
    const notices: string[] = [];
    const { images } = await copy(sourceOf({ it: put }), to, {
      onEvent: (event) => void (event.type === "notice" && notices.push(event.code)),
    });
    const source = await open(file);
    const got = await source.resolve() as Image;
    expect(got.layers.map(({ descriptor: { digest } }) => digest)).toEqual([
      ...layers.slice(0, 3).map(({ descriptor: { digest } }) => digest),
      digestOf(wrong),
    ]);
    expect(images[0]!.descriptor).toEqual(got.manifest.descriptor);
    for (const one of got.layers) await readContent(one, LIMIT);
    expect(notices).toEqual([]);
    // to know their digests, they are unpacked before anybody asks for them
    const bound = await open(file, { bounds: { maxSize: gzip.length - 1 } });
    await expect(bound.resolve()).rejects.toMatchObject({
      code: "LIMIT",
      hint: expect.stringContaining("--max-layer-size"),
    });
  });

  it("compresses the whole where the name says so", async () => {
    const folder = await temporaryFolder();
    const put = await image({ layers: [{ a: "1".repeat(300_000) }] });
    for (const [name, magic] of [["a.tar.gz", "1f8b"], ["b.tgz", "1f8b"], ["c.tar.zst", "28b5"]]) {
      const file = join(folder, name!);
      await store(put, `${file}:app`);
      expect((await readFile(file)).toString("hex").slice(0, 4)).toBe(magic);
      const got = await (await open(file)).resolve("app") as Image;
      expect(await readContent(got.config, LIMIT)).toEqual(await readContent(put.config, LIMIT));
      expect(digestOf(await readContent(got.layers[0]!, LIMIT))).toBe(put.layers[0]!.diffId);
    }
  });

  it("stores layers once that several images share, and lists an image once", async () => {
    const file = join(await temporaryFolder(), "a.tar");
    const [one, two] = [
      await image({ layers: [{ a: "1" }, { b: "2" }] }),
      await image({ layers: [{ a: "1" }, { c: "3" }], compression: "none" }),
    ];
    const to = await transport.sink(file);
    const from = sourceOf({ "app:1": one, "app:2": two, "app:latest": one });
    await copy(from, to, { all: true });
    await to[Symbol.asyncDispose]();
    const source = await open(file);
    expect(await source.list!()).toEqual(listed("app:1", "app:latest", "app:2"));
    for (const [name, put] of [["app", one], ["app:2", two]] as const) {
      const got = await source.resolve(name) as Image;
      expect(got.config.descriptor.digest).toBe(put.config.descriptor.digest);
    }
    const archive = await openFile(file);
    const files = (await indexTar(archive)).members.filter(({ entry }) =>
      entry.path.endsWith(".tar") && entry.type === "file"
    );
    expect(files).toHaveLength(3);
    await archive[Symbol.asyncDispose]();
  });

  it("refuses names that are none before it makes anything", async () => {
    const folder = await temporaryFolder();
    const digest = `sha256:${"0".repeat(64)}`;
    for (const name of ["Upper:1", "a b", `app@${digest}x`, "@0", "../x:y:z"]) {
      await expect(transport.sink(`${folder}/a.tar:${name}`)).rejects.toMatchObject({
        code: "USAGE",
      });
    }
    await expect(store(await image(), `${folder}/a.tar`, [`app@${digest}`])).rejects
      .toMatchObject({ code: "USAGE" });
    expect(await readdir(folder)).toEqual([]);
  });

  it("names no layer that it has not written", async () => {
    const folder = await temporaryFolder();
    const to = await transport.sink(join(folder, "a.tar"));
    const put = await image({ layers: [{ a: "1" }, { b: "2" }] });
    await to.put({ kind: "layer", content: put.layers[0]! });
    await to.put({ kind: "config", content: put.config });
    expect(await to.commit([{ root: put, references: ["app:1"] }])).toMatchObject({
      lacks: [put.layers[1]!.descriptor.digest],
      error: {
        code: "INCOMPLETE",
        message: expect.stringContaining(put.layers[1]!.diffId),
      },
    });
    await to[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it("makes layers that are made here one after the other, when they are written", async () => {
    const layers = await Promise.all(
      ["a", "b", "c"].map((name) => layerOf({ [name]: "1" }, "none")),
    );
    const log: string[] = [];
    const made = layers.map((layer, i): Layer => ({
      ...layer,
      isMadeHere: true,
      async *open(options) {
        log.push(`begin ${i}`);
        yield* layer.open(options);
        log.push(`end ${i}`);
      },
    }));
    const put = createImage("oci", (await image({ layers: [] })).config, made);
    await store(put, join(await temporaryFolder(), "a.tar"), ["app:1"]);
    expect(log).toEqual(["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  });

  it("labels layers that are made here, whether they come with a name or get it later", async () => {
    const layers = await Promise.all(
      ["base", "a", "b"].map((name, i) => layerOf({ [name]: "1".repeat(512 * i + 1) }, "none")),
    );
    const made = layers.map((layer, i): Layer =>
      i === 0 ? layer : { ...layer, isMadeHere: true, label: () => "same" }
    );
    const config = contentOf(
      "application/vnd.oci.image.config.v1+json",
      configFor(made.map(({ diffId }) => diffId)),
    );
    const put = createImage("oci", config, made);
    const folder = await temporaryFolder();
    await store(put, join(folder, "named.tar"), ["app:1"]);
    const to = await transport.sink(join(folder, "unnamed.tar"));
    onTestFinished(() => to[Symbol.asyncDispose]());
    for (const options of [{}, { size: 1024 }, { label: "same" }]) {
      expect(await to.takeUnnamed!(options)).toBeUndefined();
    }
    await to.put({ kind: "layer", content: made[0]! });
    for (const content of made.slice(1)) {
      const unnamed = await to.takeUnnamed!({
        size: content.descriptor.size,
        label: content.label!(),
      });
      await putUnnamed(unnamed!, content.open(), () => ({ kind: "layer", content }));
    }
    const { blobs } = await copy(sourceOf({ it: put }), to, { references: ["app:1"] });
    expect(blobs).toMatchObject({ moved: 1, exists: 3 });
    const bytes = await readFile(join(folder, "unnamed.tar"));
    expect(bytes).toEqual(await readFile(join(folder, "named.tar")));
    const [base] = made.map(({ diffId }) => `${diffId.slice(7)}.tar`);
    expect(bytes.includes(`"Layers":["${base}","2-same.tar","3-same.tar"]`)).toBe(true);
    const got = await (await open(join(folder, "named.tar"))).resolve() as Image;
    expect(got.layers.map(({ diffId }) => diffId)).toEqual(made.map(({ diffId }) => diffId));
    for (const layer of got.layers) await readContent(layer, LIMIT);
  });

  it("takes no layer without a name that may be there already", async () => {
    const to = await transport.sink(join(await temporaryFolder(), "a.tar"));
    onTestFinished(() => to[Symbol.asyncDispose]());
    const [a, b] = [
      await layerOf({ a: "1" }, "none"),
      await layerOf({ b: "2".repeat(600) }, "none"),
    ];
    const begin = (size: number) => to.takeUnnamed!({ size, label: "a" });
    await to.put({ kind: "layer", content: a });
    expect(await begin(a.descriptor.size)).toBeUndefined();
    const unnamed = (await begin(b.descriptor.size))!;
    const second = begin(b.descriptor.size);
    await putUnnamed(unnamed, b.open(), () => ({ kind: "layer", content: b }));
    expect(await second).toBeUndefined();
    await to.put({ kind: "layer", content: b });
  });

  it("lets nothing between the bytes of a layer that has no name yet, and finishes no half one", async () => {
    const folder = await temporaryFolder();
    const to = await transport.sink(join(folder, "a.tar"));
    const [made, other] = [await layerOf({ a: "1" }, "none"), await layerOf({ b: "2" }, "none")];
    const { size } = made.descriptor;
    const unnamed = (await to.takeUnnamed!({ size, label: "a" }))!;
    const bytes = await readContent(made, LIMIT);
    await unnamed.write(bytes.subarray(0, 10));
    let isPut = false;
    const putting = Promise.resolve(to.put({ kind: "layer", content: other }));
    const then = putting.then(() => isPut = true);
    await unnamed.write(bytes.subarray(10));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isPut).toBe(false);
    await unnamed.name({ kind: "layer", content: made });
    await unnamed[Symbol.asyncDispose]();
    await then;
    const half = (await to.takeUnnamed!({ size: 1024, label: "half" }))!;
    await half.write(new Uint8Array(512));
    await expect(half.name({ kind: "layer", content: made })).rejects.toMatchObject({
      code: "SIZE",
      message: "3-half.tar has 512 bytes, not the 1024 announced",
    });
    await half[Symbol.asyncDispose]();
    const put = createImage("oci", (await image({ layers: [] })).config, [made, other]);
    await expect(to.commit([{ root: put, references: ["app:1"] }])).rejects.toThrow(
      "3-half.tar has",
    );
    await to[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it("replaces a file when it has succeeded, not before", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "a.tar");
    await writeFile(file, "precious");
    const put = await image();
    const children = index([put, await image()]);
    const to = await transport.sink(file);
    await expect(copy(sourceOf({ it: children }), to)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      hint: expect.stringContaining("--platform"),
    });
    await expect(copy(sourceOf({ it: artifact() }), to)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("a docker-archive holds images only, not an artifact (sha"),
    });
    await to[Symbol.asyncDispose]();
    expect(await readFile(file, "utf8")).toBe("precious");
    await store(put, file);
    expect(await readdir(folder)).toEqual(["a.tar"]);
    expect((await readFile(file)).length).toBeGreaterThan(1024);
  });
});

describe("docker-archive: names", () => {
  async function repoTags(location: string, options: DockerArchiveSideOptions, all: boolean) {
    const file = join(await temporaryFolder(), "a.tar");
    const to = await transport.sink!(`${file}${location}`, options);
    const list = () => Promise.resolve([{ select: "it", name: "app:1" }]);
    const result = await copy(sourceOf({ it: await image() }, { list }), to, { all });
    await to[Symbol.asyncDispose]();
    const archive = await openFile(file);
    const tar = await indexTar(archive);
    const bytes = await collectStream(tar.open(tar.find("manifest.json")!), LIMIT, file);
    await archive[Symbol.asyncDispose]();
    const [item] = JSON.parse(bytes.toString()) as { RepoTags: string[] }[];
    // What the copy says is what stands there.
    expect(result.images[0]!.references).toEqual(item!.RepoTags);
    return item!.RepoTags;
  }

  it.each([
    [":team/app:1", false, ["docker.io/team/app:1"], ["team/app:1"]],
    [":app", false, ["docker.io/library/app:latest"], ["app:latest"]],
    [":localhost:5000/app", false, ["localhost:5000/app:latest"], ["localhost:5000/app:latest"]],
    [":docker.io/app:1", false, ["docker.io/library/app:1"], ["docker.io/app:1"]],
    ["", true, ["docker.io/library/app:1"], ["app:1"]],
    ["", false, [], []],
  ])("of %j are written in full, or as they are given", async (location, all, full, given) => {
    expect(await repoTags(location, {}, all)).toEqual(full);
    expect(await repoTags(location, { namesAsGiven: true }, all)).toEqual(given);
  });

  it("that two images share are listed, and not copied", async () => {
    const tar = await tarFile({ a: "1" });
    const source = await openBytes(
      await archiveOf({
        "l.tar": tar,
        "c.json": configFor([digestOf(tar)]),
        "d.json": Buffer.concat([configFor([digestOf(tar)]), Buffer.from("\n")]),
        "manifest.json": manifest(
          { Config: "c.json", RepoTags: ["app:1", "app:2"], Layers: ["l.tar"] },
          { Config: "d.json", RepoTags: ["docker.io/library/app:1"], Layers: ["l.tar"] },
        ),
      }),
    );
    expect(await source.list!()).toEqual([
      { select: "@0", name: "app:1", id: "@0" },
      { select: "app:2", name: "app:2", id: "@0" },
      { select: "app:1", name: "app:1", id: "@1" },
    ]);
    const to = await transport.sink!(join(await temporaryFolder(), "b.tar"));
    await expect(copy(source, to, { all: true })).rejects.toMatchObject({
      code: "USAGE",
      message: "Cannot copy app:1 (@0) and app:1 (@1): both would be called " +
        "docker.io/library/app:1 there",
    });
    await to[Symbol.asyncDispose]();
  });

  it("of a layout that mean the same are not copied", async () => {
    const to = await transport.sink!(join(await temporaryFolder(), "b.tar"));
    const roots = { "app:latest": await image(), "docker.io/library/app": await image() };
    await expect(copy(sourceOf(roots), to, { all: true })).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringMatching(/^Cannot copy app:latest and docker.io\/library\/app: both/),
    });
    await to[Symbol.asyncDispose]();
  });
});

describe("docker-archive: reading", () => {
  it("chooses an image by name in either form, by number, or because it is the only one", async () => {
    const tars = [await tarFile({ a: "1" }), await tarFile({ b: "2" }), await tarFile({ c: "3" })];
    const configs = tars.map((tar) => configFor([digestOf(tar)]));
    const names = [["app:1", "docker.io/library/app:latest"], ["quay.io/x/app:1"], null];
    const bytes = await archiveOf({
      ...Object.fromEntries(tars.map((tar, i) => [`${i}.tar`, tar])),
      ...Object.fromEntries(configs.map((config, i) => [`${i}.json`, config])),
      "manifest.json": manifest(
        ...names.map((RepoTags, i) => ({
          Config: `${i}.json`,
          RepoTags,
          Layers: [`${i}.tar`],
        })),
      ),
    });
    const source = await openBytes(bytes);
    expect(source.traits?.synthetic).toBe(true);
    expect(await source.list!()).toEqual([
      ...listed("app:1", "app:latest", "quay.io/x/app:1"), // as people write them
      { select: "@2" },
    ]);
    for (
      const [reference, i] of [
        ["app:1", 0],
        ["docker.io/library/app:1", 0],
        ["app", 0],
        ["quay.io/x/app:1", 1],
        ["@0", 0],
        ["@2", 2],
      ] as const
    ) {
      const got = await source.resolve(reference) as Image;
      expect(got.config.descriptor.digest).toBe(digestOf(configs[i]!));
      expect(got.layers.map(({ descriptor }) => descriptor)).toEqual([{
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: digestOf(tars[i]!),
        size: tars[i]!.length,
      }]);
    }
    for (const [reference, code] of [["app:2", "NOT_FOUND"], ["@3", "NOT_FOUND"]]) {
      await expect(source.resolve(reference)).rejects.toMatchObject({
        code,
        hint: expect.stringContaining("app:1, app:latest, quay.io/x/app:1, @2"),
      });
    }
    await expect(source.resolve()).rejects.toMatchObject({ code: "USAGE" });
  });

  it("follows the links that docker save makes between layers", async () => {
    const tar = await tarFile({ a: "1" });
    const config = configFor([digestOf(tar), digestOf(tar), digestOf(tar)]);
    const got = await resolved(
      await archiveOf({
        "aa/layer.tar": tar,
        "bb/layer.tar": { type: "symlink", linkpath: "../aa/layer.tar" },
        "cc/layer.tar": { type: "hardlink", linkpath: "./bb/layer.tar" },
        "c.json": config,
        "manifest.json": manifest({
          Config: "c.json",
          RepoTags: null,
          Layers: ["./aa/layer.tar", "bb/layer.tar", "cc/../cc/layer.tar"],
        }),
      }),
    );
    for (const layer of got.layers) expect(await readContent(layer, LIMIT)).toEqual(tar);
  });

  it.each([
    ["a path that leads out", { Layers: ["../../etc/passwd"] }, "UNSAFE"],
    ["an absolute path", { Layers: ["/etc/passwd"] }, "UNSAFE"],
    ["a config that leads out", { Config: "../../etc/passwd" }, "UNSAFE"],
    ["a link that leads out", { Layers: ["out/layer.tar"] }, "UNSAFE"],
    ["an absolute link", { Layers: ["absolute"] }, "UNSAFE"],
    ["a circle of links", { Layers: ["circle"] }, "MALFORMED"],
    ["a link to nothing", { Layers: ["dangling"] }, "NOT_FOUND"],
    ["a directory", { Layers: ["folder"] }, "MALFORMED"],
    ["a FIFO", { Layers: ["fifo"] }, "MALFORMED"],
    ["a layer that is not there", { Layers: ["missing.tar"] }, "NOT_FOUND"],
    ["too many layers", { Layers: ["l.tar", "l.tar"] }, "MALFORMED"],
    ["too few layers", { Layers: [] }, "MALFORMED"],
  ])("refuses %s", async (_, change, code) => {
    const tar = await tarFile({ a: "1" });
    const item = { Config: "c.json", RepoTags: null, Layers: ["l.tar"] };
    const bytes = await archiveOf({
      "l.tar": tar,
      "c.json": configFor([digestOf(tar)]),
      "out/layer.tar": { type: "symlink", linkpath: "../../etc/passwd" },
      absolute: { type: "symlink", linkpath: "/etc/passwd" },
      circle: { type: "symlink", linkpath: "./back" },
      back: { type: "hardlink", linkpath: "circle" },
      dangling: { type: "symlink", linkpath: "nowhere" },
      folder: { type: "directory" },
      fifo: { type: "fifo" },
      "manifest.json": manifest({ ...item, ...change }),
    });
    await expect(resolved(bytes)).rejects.toMatchObject({ code });
  });

  it("takes the last of two members of one path, as tar does", async () => {
    const [old, tar] = [await tarFile({ a: "old" }), await tarFile({ a: "new" })];
    const bytes = await archiveOf([
      ["l.tar", old],
      ["./l.tar", tar],
      ["c.json", configFor([digestOf(tar)])],
      ["manifest.json", manifest({ Config: "c.json", RepoTags: null, Layers: ["l.tar"] })],
    ]);
    expect(await readContent((await resolved(bytes)).layers[0]!, LIMIT)).toEqual(tar);
  });

  it("keeps layers that are compressed, under their own digests", async () => {
    const tars = [await tarFile({ a: "1" }), await tarFile({ b: "2" }), await tarFile({ c: "3" })];
    const [gzip, zstd, plain] = [gzipSync(tars[0]!), zstdCompressSync(tars[1]!), tars[2]!];
    const blob = (bytes: Uint8Array) => `blobs/sha256/${digestOf(bytes).slice(7)}`;
    const config = configFor(tars.map(digestOf));
    const files = { "l.tar.gz": gzip, [blob(zstd)]: zstd, [blob(plain)]: plain };
    const got = await resolved(
      await archiveOf({
        ...files,
        [blob(config)]: config,
        "manifest.json": manifest({
          Config: blob(config),
          RepoTags: null,
          Layers: Object.keys(files),
        }),
      }),
    );
    expect(got.layers.map(({ descriptor, diffId }) => [
      descriptor.mediaType.split(".").at(-1),
      descriptor.digest,
      diffId,
    ])).toEqual([
      ["tar+gzip", digestOf(gzip), digestOf(tars[0]!)],
      ["tar+zstd", digestOf(zstd), digestOf(tars[1]!)],
      ["tar", digestOf(plain), digestOf(plain)],
    ]);
    for (const layer of got.layers) await readContent(layer, LIMIT);
  });

  it("finds out when bytes are not what their names say", async () => {
    const tar = await tarFile({ a: "1" });
    const other = await tarFile({ a: "2" });
    const layer = `blobs/sha256/${digestOf(gzipSync(tar)).slice(7)}`;
    const wrong = await saved({ "l.tar": tar }, { "l.tar": other });
    await expect(readContent((await resolved(wrong)).layers[0]!, LIMIT)).rejects.toMatchObject({
      code: "DIGEST",
    });
    const config = configFor([digestOf(tar)]);
    const renamed = await archiveOf({
      [layer]: gzipSync(other),
      "c.json": config,
      "manifest.json": manifest({ Config: "c.json", RepoTags: null, Layers: [layer] }),
    });
    await expect(resolved(renamed)).rejects.toMatchObject({
      code: "DIGEST",
      message: expect.stringContaining(layer),
    });
    const name = `${digestOf(config).slice(7)}.json`;
    const changed = await saved({ "l.tar": tar }, { [name]: configFor([digestOf(other)]) });
    await expect(readContent((await resolved(changed)).layers[0]!, LIMIT)).rejects.toMatchObject({
      code: "DIGEST",
    });
  });

  it("goes by what a config holds, and says that its name says otherwise", async () => {
    const tar = await tarFile({ a: "1" });
    const config = configFor([digestOf(tar)]);
    for (const name of [`${"0".repeat(64)}.json`, `blobs/sha256/${"0".repeat(64)}`, "config"]) {
      const file = join(await temporaryFolder(), "a.tar");
      await writeFile(
        file,
        await archiveOf({
          "l.tar": tar,
          [name]: config,
          "manifest.json": manifest({ Config: name, RepoTags: null, Layers: ["l.tar"] }),
        }),
      );
      const notices: Notice[] = [];
      const source = await open(file, { onNotice: (notice) => notices.push(notice) });
      const got = await source.resolve() as Image;
      expect(got.config.descriptor.digest).toBe(digestOf(config));
      const expected = { code: "MISNAMED", message: expect.stringContaining(name) };
      expect(notices).toEqual(name === "config" ? [] : [expected]);
    }
  });

  it.each([
    ["in lower case", ["config", "repoTags", "layers"]],
    ["in upper case", ["CONFIG", "REPOTAGS", "LAYERS"]],
  ])("reads keys %s, as Go does", async (_, keys) => {
    const tar = await tarFile({ a: "1" });
    const config = configFor([digestOf(tar)]);
    const values = ["c.json", ["app:1"], ["l.tar"]];
    const item = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
    const source = await openBytes(
      await archiveOf({ "l.tar": tar, "c.json": config, "manifest.json": manifest(item) }),
    );
    expect(await source.list!()).toEqual(listed("app:1"));
    expect((await source.resolve() as Image).config.descriptor.digest).toBe(digestOf(config));
  });

  it("reads members and paths that begin with a slash, or ./", async () => {
    const tar = await tarFile({ a: "1" });
    const names = ["", "/", "./", ".//", "//"];
    for (const [stored, listed] of names.flatMap((a) => names.map((b) => [a, b]))) {
      const got = await resolved(
        await archiveOf({
          [`${stored}l.tar`]: tar,
          [`${stored}c.json`]: configFor([digestOf(tar), digestOf(tar)]),
          [`${stored}hard`]: { type: "hardlink", linkpath: `${stored}l.tar` },
          [`${stored}manifest.json`]: manifest({
            Config: `${listed}c.json`,
            RepoTags: null,
            Layers: [`${listed}l.tar`, `${listed}hard`],
          }),
        }),
      );
      for (const layer of got.layers) expect(await readContent(layer, LIMIT)).toEqual(tar);
    }
  });

  it("reads images without layers, whatever says that there are none", async () => {
    for (const layers of ["null", "[]"]) {
      for (const diffIds of ["null", "[]"]) {
        const config = `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers",` +
          `"diff_ids":${diffIds}}}`;
        const got = await resolved(
          await archiveOf({
            "c.json": Buffer.from(config),
            "manifest.json": Buffer.from(
              `[{"Config":"c.json","RepoTags":null,"Layers":${layers}}]`,
            ),
          }),
        );
        expect(got.layers).toEqual([]);
        expect(digestOf(Buffer.from(config))).toBe(got.config.descriptor.digest);
      }
    }
  });

  it("proves what compressed layers unpack to before anybody has them", async () => {
    const [tar, other] = [await tarFile({ a: "x".repeat(5000) }), await tarFile({ a: "2" })];
    const config = configFor([digestOf(tar)]);
    const packed = gzipSync(tar);
    const named = (bytes: Uint8Array) => `blobs/sha256/${digestOf(bytes).slice(7)}`;
    for (
      const [bytes, code] of [
        [gzipSync(other), "DIGEST"],
        [zstdCompressSync(other), "DIGEST"],
        [packed.subarray(0, packed.length - 9), "MALFORMED"],
        [Buffer.concat([packed, Buffer.from("more")]), "MALFORMED"],
        [Buffer.concat([packed, gzipSync(other)]), "DIGEST"],
      ] as const
    ) {
      for (const path of ["layer.tar", named(bytes)]) {
        const archive = await archiveOf({
          [path]: bytes,
          "c.json": config,
          "manifest.json": manifest({ Config: "c.json", RepoTags: null, Layers: [path] }),
        });
        await expect(resolved(archive)).rejects.toMatchObject({
          code,
          message: expect.stringContaining(path),
        });
      }
    }
  });

  it("reads archives that are compressed, or come through a pipe", async () => {
    const tar = await tarFile({ a: "1" });
    const bytes = await saved({ "l.tar": tar });
    const folder = await temporaryFolder();
    const fifo = join(folder, "fifo");
    await promisify(execFile)("mkfifo", [fifo]);
    const writing = writeFile(fifo, gzipSync(bytes));
    const piped = await (await open(`${fifo}:app:1`)).resolve() as Image;
    await writing;
    expect(await readContent(piped.layers[0]!, LIMIT)).toEqual(tar);
    for (const packed of [gzipSync(bytes), zstdCompressSync(bytes)]) {
      expect(await readContent((await resolved(packed)).layers[0]!, LIMIT)).toEqual(tar);
    }
  });

  it.each(["xz", "bzip2"] as const)(
    "reads archives, layers and old layers in %s",
    async (program) => {
      const pack = (bytes: Uint8Array) => packWith(program, bytes);
      const tar = await tarFile({ a: "x".repeat(100_000) });
      const bytes = await saved({ "l.tar": tar });
      const packed = await pack(bytes);
      for (const all of [packed, Buffer.concat([packed, await pack(Buffer.alloc(512))])]) {
        expect(await readContent((await resolved(all)).layers[0]!, LIMIT)).toEqual(tar);
      }
      const config = configFor([digestOf(tar)]);
      const layer = (await resolved(
        await archiveOf({
          "l.tar": await pack(tar),
          "c.json": config,
          "manifest.json": manifest({ Config: "c.json", RepoTags: null, Layers: ["l.tar"] }),
        }),
      )).layers[0]!;
      // OCI has no such media type: it is the tar that comes out.
      expect(layer.descriptor).toEqual({
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: digestOf(tar),
        size: tar.length,
      });
      expect(await readContent(layer, LIMIT)).toEqual(tar);
      const damaged = packed.with(packed.length >> 1, 7);
      for (const bad of [packed.subarray(0, -20), damaged, await pack(tar)]) {
        await expect(resolved(Buffer.from(bad))).rejects.toMatchObject({ code: "MALFORMED" });
      }
      const { PATH } = process.env;
      onTestFinished(() => void (process.env["PATH"] = PATH));
      process.env["PATH"] = "/nowhere";
      await expect(resolved(packed)).rejects.toMatchObject({
        code: "UNSUPPORTED",
        message: expect.stringContaining(`compressed with ${program}, and the program ${program}`),
        hint: expect.stringContaining(`install ${program}`),
      });
    },
  );

  it("stops counting members that nobody needs", async () => {
    const header = encodeHeader({ path: "x" });
    const bytes = (count: number) =>
      Buffer.concat([Buffer.alloc(count * header.length, header), END_OF_ARCHIVE]);
    await expect(openBytes(bytes(100_001))).rejects.toMatchObject({ code: "LIMIT" });
    await expect(openBytes(bytes(100_000))).rejects.toMatchObject({ code: "MALFORMED" });
  });

  it("does not keep paths that are not paths of images", async () => {
    const file = (path: string) => encodeHeader({ path });
    const link = (linkpath: string) => encodeHeader({ path: "x", type: "symlink", linkpath });
    const path = (i: number) => `${i}`.padStart(4096, "x/");
    const all = (count: number) => Array.from({ length: count }, (_, i) => file(path(i)));
    const opened = (...headers: Uint8Array[]) =>
      openBytes(Buffer.concat([...headers, END_OF_ARCHIVE]));
    const [kept, refused] = [{ code: "MALFORMED" }, { code: "LIMIT" }];
    await expect(opened(...all(4096))).rejects.toMatchObject(kept);
    await expect(opened(...all(4097))).rejects.toMatchObject(refused);
    await expect(opened(link("y".repeat(4096)))).rejects.toMatchObject(kept);
    await expect(opened(link("y".repeat(4097)))).rejects.toMatchObject(refused);
    await expect(opened(file("y".repeat(4097)))).rejects.toMatchObject(refused);
  });

  it("refuses what is not an archive, or only a part of one", async () => {
    const tar = await tarFile({ a: "x".repeat(10_000) });
    const bytes = await saved({ "l.tar": tar });
    const packed = gzipSync(bytes);
    for (
      const bad of [
        Buffer.alloc(0),
        Buffer.from("not a tar"),
        bytes.subarray(0, 5000),
        packed.subarray(0, packed.length >> 1),
        await archiveOf({ readme: Buffer.from("hello") }),
        await archiveOf({ "manifest.json": Buffer.from('[{"Config":"a","config":"b"}]') }),
        await archiveOf({ "manifest.json": Buffer.from('[{"Config":1}]') }),
        await archiveOf({ "manifest.json": Buffer.from("{}") }),
      ]
    ) {
      await expect(resolved(bad)).rejects.toMatchObject({ code: "MALFORMED" });
    }
    const missing = transport.source(join(await temporaryFolder(), "none.tar"));
    await expect(missing).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("none.tar"),
    });
  });
});

describe("docker-archive: archives of Docker before 1.10", () => {
  const [base, top] = ["a".repeat(64), "b".repeat(64)];

  async function legacy(changes: Members = {}): Promise<Buffer> {
    return await archiveOf({
      [`${top}/VERSION`]: Buffer.from("1.0"),
      [`${top}/json`]: Buffer.from(JSON.stringify({
        id: top,
        parent: base,
        created: "2015-02-03T04:05:06Z",
        container_config: { Cmd: ["/bin/sh", "-c", "touch /b"] },
        config: { Cmd: ["/b"] },
        architecture: "amd64",
        os: "linux",
        Size: 1,
      })),
      [`${top}/layer.tar`]: await tarFile({ b: "2" }),
      [`${base}/VERSION`]: Buffer.from("1.0"),
      [`${base}/json`]: Buffer.from(JSON.stringify({ id: base, comment: "imported" })),
      [`${base}/layer.tar`]: await tarFile({ a: "1" }),
      repositories: Buffer.from(JSON.stringify({ app: { "1": top, "1-RC": top, "1-rc": base } })),
      ...changes,
    });
  }

  it("makes a config from what the layers say", async () => {
    const source = await openBytes(await legacy());
    expect(await source.list!()).toEqual(listed("app:1", "app:1-RC", "app:1-rc"));
    const got = await source.resolve("app:1") as Image;
    expect(JSON.parse((await readContent(got.config, LIMIT)).toString("utf8"))).toEqual({
      architecture: "amd64",
      config: { Cmd: ["/b"] },
      container_config: { Cmd: ["/bin/sh", "-c", "touch /b"] },
      created: "2015-02-03T04:05:06Z",
      history: [{ comment: "imported" }, {
        created: "2015-02-03T04:05:06Z",
        created_by: "/bin/sh -c touch /b",
      }],
      os: "linux",
      rootfs: {
        type: "layers",
        diff_ids: [digestOf(await tarFile({ a: "1" })), digestOf(await tarFile({ b: "2" }))],
      },
    });
    for (const layer of got.layers) await readContent(layer, LIMIT);
    expect(((await source.resolve("app:1-rc")) as Image).layers).toHaveLength(1);
  });

  it.each<[string, Members, string]>([
    ["parents in a circle", { [`${base}/json`]: Buffer.from(`{"parent":"${top}"}`) }, "MALFORMED"],
    ["a parent that leads out", {
      [`${base}/json`]: Buffer.from(`{"parent":"../../etc"}`),
    }, "MALFORMED"],
    ["a parent that is not there", {
      [`${base}/json`]: Buffer.from(`{"parent":"${"c".repeat(64)}"}`),
    }, "NOT_FOUND"],
    ["names that lead out", { repositories: Buffer.from('{"app":{"1":"../x"}}') }, "MALFORMED"],
    ["repositories that are none", { repositories: Buffer.from("[]") }, "MALFORMED"],
  ])("refuses %s", async (_, changes, code) => {
    const bytes = await legacy(changes);
    await expect(resolved(bytes, "app:1")).rejects.toMatchObject({ code });
  });
});
