/** Plans: nix2container's, read and written, and what ours say besides. */
import { Buffer } from "node:buffer";
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { readContent } from "../../src/image/content.ts";
import type { Image } from "../../src/image/root.ts";
import type { MadeEntry } from "../../src/recipe/mod.ts";
import type { LayerRecipe } from "../../src/recipe/recipe.ts";
import {
  createPlanImage,
  type Plan,
  readLayers,
  readPlan,
  writeLayers,
  writePlan,
} from "../../src/plan/mod.ts";
import { addNarHashes, checkNarHashes } from "../../src/plan/nar-hashes.ts";
import type { NixStore } from "../../src/nix/store/store.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image as imageIn } from "../support/images.ts";
import { collected } from "../recipe/support/bytes.ts";
import { golden, unpackStore } from "../recipe/support/parity.ts";

const { runs, image: recorded } = golden("nix2container-layers.json");
const theirs = recorded["image.json"];

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const configOf = async (image: Image) => (await readContent(image.config, 1 << 20)).toString();

const digest = (text: string): Digest => digestOf(Buffer.from(text));
const TAR = "application/vnd.oci.image.layer.v1.tar";

describe("nix2container's plans", () => {
  it("are read and written again as they were, field by field and in order", async () => {
    const plan = await readPlan(bytes(theirs), "image.json");
    expect(JSON.stringify(JSON.parse(writePlan(plan)))).toBe(JSON.stringify(theirs));
    for (const { layers } of runs) {
      const read = await readLayers(bytes(layers), "layers.json");
      expect(JSON.stringify(JSON.parse(writeLayers(read)))).toBe(JSON.stringify(layers));
    }
  });

  it("become the images that they describe", async () => {
    const root = await temporaryFolder();
    await unpackStore(root);
    const plan = await readPlan(bytes(theirs), "image.json");
    const image = await createPlanImage(plan, { store: { root } });
    // deno-lint-ignore no-explicit-any
    const digests = theirs.layers.map((layer: any) => layer.digest);
    expect(image.layers.map(({ descriptor }) => descriptor.digest)).toEqual(digests);
    for (const layer of image.layers) {
      expect(digestOf(await collected(layer.open()))).toBe(layer.diffId);
    }
    // As nix2container's Go structures are marshalled: the image's ID is the same.
    expect(await configOf(image)).toBe(
      '{"created":"0001-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":' +
        '{"Env":["A=1"],"Entrypoint":["/bin/hello"]},"rootfs":{"type":"layers","diff_ids":' +
        `${JSON.stringify(digests)}},"history":[{},{},{}]}`,
    );
  });

  it("of image-from-dir have an architecture, which is empty, in their configs", async () => {
    const made = { ...theirs, arch: "", created: null, layers: [] };
    for (const json of [made, { ...made, arch: undefined }]) {
      const text = await configOf(await createPlanImage(await readPlan(bytes(json), "it")));
      expect(text).toMatch(/^{"architecture":"","os":"linux","config":/);
    }
  });

  it("have configs with Go's escapes, and histories as they are", async () => {
    const layers = [{ ...runs[6].layers[0] }];
    const config = { Cmd: ["<a> & 'b' \u2028"] };
    const plan = await readPlan(bytes({ ...theirs, layers, "image-config": config }), "it");
    const text = await configOf(await createPlanImage(plan));
    expect(text).toContain('"Cmd":["\\u003ca\\u003e \\u0026 \'b\' \\u2028"]');
    expect(text).toContain('"history":[{"created_by":"parity","comment":"c"}]');
  });
});

describe("our plans", () => {
  const recipe: LayerRecipe = {
    style: "dockertools",
    paths: [
      { path: "/nix/store/a", perms: [{ regex: "x$", mode: "0600" }] },
      { path: "/nix/store/b", rewrite: { regex: "^/nix/store/b", repl: "" } },
    ],
    mtime: 5,
    uid: 1000,
  };
  const plain: LayerRecipe = { style: "nix2container", paths: [{ path: "/nix/store/c" }] };
  const plan: Plan = {
    config: {
      created: "2020-01-01T00:00:00Z",
      author: "me",
      architecture: "arm64",
      os: "freebsd",
      variant: "v8",
      config: { Healthcheck: { Test: ["NONE"] }, Cmd: ["x"] },
      extra: { kept: true },
    },
    layers: [
      { digest: digest("0"), size: 1, diffId: digest("1"), mediaType: `${TAR}+gzip` },
      { digest: digest("2"), size: 2, diffId: digest("2"), mediaType: TAR, recipe },
      {
        digest: digest("3"),
        size: 3,
        diffId: digest("3"),
        mediaType: TAR,
        recipe: plain,
        history: { comment: "c" },
      },
    ],
    history: [{ created_by: "base", empty_layer: true }, {}, {}, { comment: "c" }],
    annotations: { "org.example": "x" },
    base: "oci-dir:base:latest",
    name: "hello:1",
  };

  it("keep all that nix2container's lose", async () => {
    const text = writePlan(plan);
    const read = await readPlan(Buffer.from(text), "image.json");
    expect(read.config).toEqual(plan.config);
    expect({ ...read, layers: [] }).toEqual({ ...plan, layers: [] });
    expect(read.layers.map((layer) => layer.recipe?.style))
      .toEqual([undefined, "dockertools", "nix2container"]);
    expect(read.layers[1]!.recipe).toMatchObject({ mtime: 5, uid: 1000 });
    expect(writePlan(read)).toBe(text);
  });

  it("keep what layers have that no path brings", async () => {
    const made: MadeEntry[] = [
      { type: "directory", path: "/tmp", mode: 0o1777 },
      { type: "file", path: "/a", content: "é", uid: 1, gid: 2, uname: "u", gname: "g", mtime: 3 },
      { type: "file", path: "/b", content: Buffer.from([0xff]), xattrs: { "user.a": bytes(1) } },
      { type: "file", path: "/c", content: { file: "/nix/store/c" }, mode: 0o4755 },
      { type: "symlink", path: "/d", target: "\udcff" },
      { type: "hardlink", path: "/e", target: "/a" },
    ];
    const { layers: [, layer] } = plan;
    const whole = { ...plan, layers: [{ ...layer!, recipe: { ...recipe, paths: [], made } }] };
    const text = writePlan(whole);
    expect(JSON.parse(text).layers[0].paths).toEqual([]);
    const read = await readPlan(Buffer.from(text), "image.json");
    expect(read.layers[0]!.recipe).toEqual(whole.layers[0]!.recipe);
    expect(writePlan(read)).toBe(text);
  });

  it("say it where nix2container does not look", () => {
    const json = JSON.parse(writePlan(plan));
    const known = ["version", "image-config", "layers", "arch", "created"];
    expect(Object.keys(json).filter((key) => !known.includes(key))).toEqual(["nixoci"]);
    expect(json.layers[1].paths[0].options.perms)
      .toEqual([{ regex: "x$", mode: "0600", uid: 0, gid: 0, uname: "", gname: "" }]);
    expect(json.layers[1].nixoci).toEqual({ style: "dockertools", mtime: 5, uid: 1000 });
    expect(json.layers[2]).not.toHaveProperty("nixoci");
    expect(json["image-config"].Healthcheck).toEqual({ Test: ["NONE"] });
  });

  it("have manifests with their annotations, and configs with their whole history", async () => {
    const image = await createPlanImage(plan, {
      base: () => Promise.reject(new Error("not asked")),
    });
    const manifest = JSON.parse((await readContent(image.manifest, 1 << 20)).toString());
    expect(manifest.annotations).toEqual({ "org.example": "x" });
    expect(JSON.parse(await configOf(image))).toMatchObject({
      os: "freebsd",
      variant: "v8",
      author: "me",
      extra: { kept: true },
      history: plan.history,
      rootfs: { diff_ids: plan.layers.map(({ diffId }) => diffId) },
    });
  });

  it("read the base image's layers from where it is, when they are wanted", async () => {
    const base = await imageIn({ layers: [{ a: "1" }, { b: "2" }] });
    const layers = base.layers.map(({ descriptor: { digest, size, mediaType }, diffId }) => ({
      digest,
      size,
      mediaType,
      diffId,
    }));
    let asked = 0;
    const image = await createPlanImage({ ...plan, layers }, {
      base: () => {
        asked++;
        return Promise.resolve(base);
      },
    });
    expect(asked).toBe(0);
    for (const [i, layer] of image.layers.entries()) {
      expect(await collected(layer.open())).toEqual(await collected(base.layers[i]!.open()));
    }
    expect(asked).toBe(1);
    const other = await imageIn();
    const wrong = await createPlanImage({ ...plan, layers }, {
      base: () => Promise.resolve(other),
    });
    await expect(collected(wrong.layers[0]!.open())).rejects.toMatchObject({
      code: "INCOMPLETE",
      message: `the base image has no layer ${layers[0]!.digest} any more`,
    });
    const unsaid = await createPlanImage({ ...plan, layers });
    await expect(collected(unsaid.layers[0]!.open())).rejects.toThrow("nothing says how");
  });
});

describe("layers that are kept", () => {
  it("are read from their files and verified, also where nobody said their size", async () => {
    const folder = await temporaryFolder();
    const tar = Buffer.alloc(4096, 1);
    writeFileSync(`${folder}/layer.tar`, tar);
    const layer = {
      digest: digestOf(tar),
      size: 0,
      diffId: digestOf(tar),
      mediaType: TAR,
      tarball: `${folder}/layer.tar`,
    };
    const plan: Plan = { config: { architecture: "amd64", os: "linux" }, layers: [layer] };
    const [read] = (await createPlanImage(plan)).layers;
    expect(read!.descriptor.size).toBe(4096);
    expect(await collected(read!.open())).toEqual(tar);
    writeFileSync(`${folder}/layer.tar`, Buffer.alloc(4096, 2));
    await expect(collected(read!.open())).rejects.toMatchObject({ code: "DIGEST" });
    const gone = { ...layer, tarball: `${folder}/gone.tar` };
    await expect(createPlanImage({ ...plan, layers: [gone] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("gone.tar"),
    });
  });

  it("are what counts when paths are said, too; Docker's types become OCI's", async () => {
    const layer = {
      ...theirs.layers[0],
      size: 5,
      diff_ids: digest("x"),
      mediatype: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "layer-path": "/nix/store/x/layer.tar",
    };
    const plan = await readPlan(bytes({ ...theirs, layers: [layer] }), "image.json");
    expect(plan.layers[0]).toMatchObject({ tarball: "/nix/store/x/layer.tar", recipe: {} });
    const image = await createPlanImage(plan);
    expect(image.layers[0]!.descriptor.mediaType).toBe(`${TAR}+gzip`);
    expect(image.layers[0]!.diffId).toBe(digest("x"));
  });
});

describe("plans that are none", () => {
  const with0 = (change: object) => ({
    ...theirs,
    layers: [{ ...theirs.layers[0], ...change }, ...theirs.layers.slice(1)],
  });
  const path0 = (change: object) => with0({ paths: [{ path: "/nix/store/a", ...change }] });

  it.each<[string, unknown, string]>([
    ["version 2", { ...theirs, version: 2 }, "version: must be 1"],
    ["no layers", { ...theirs, layers: undefined }, "layers: "],
    ["a digest", with0({ digest: "sha256:1" }), "layers[0].digest: must be sha256:"],
    ["a size", with0({ size: -1 }), "layers[0].size: must be a whole number"],
    ["a path", path0({ path: "a" }), "layers[0].paths[0].path: must be an absolute path"],
    [
      "a dotted path",
      path0({ path: "/a/../b" }),
      'layers[0]: paths[0].path of a layer is "/a/../b"',
    ],
    ["a new field of a path", path0({ tar: "x" }), 'layers[0].paths[0]: Unrecognized key: "tar"'],
    [
      "a new option",
      path0({ options: { ignoreDestination: "x" } }),
      'layers[0].paths[0].options: Unrecognized key: "ignoreDestination"',
    ],
    [
      "a rule's owner",
      path0({ options: { perms: [{ regex: "", uid: "0" }] } }),
      "layers[0].paths[0].options.perms[0].uid: must be a number",
    ],
    [
      "a rule's expression",
      path0({ options: { perms: [{ regex: "(" }] } }),
      'layers[0]: perms: the regular expression "("',
    ],
    [
      "a type that is made here",
      with0({ nixoci: { made: [{ type: "fifo", path: "/a" }] } }),
      "layers[0].nixoci.made[0].type: Invalid option: expected one of",
    ],
    [
      "a mode",
      with0({ nixoci: { made: [{ type: "file", path: "/a", mode: "rwx" }] } }),
      "layers[0].nixoci.made[0].mode: must be octal digits such as 0644",
    ],
    [
      "a link of nothing",
      with0({ nixoci: { made: [{ type: "hardlink", path: "/a", target: "/b" }] } }),
      'layers[0]: made[0].target of a layer is "/b": it must be the path of a file',
    ],
    ["no source", with0({ paths: undefined }), "layers[0]: has neither paths nor a layer-path"],
    [
      "two digests",
      with0({ diff_ids: digest("y") }),
      "layers[0]: its digest and its diff_ids differ",
    ],
    ["no JSON object", [], "Invalid input"],
  ])("are refused for %s", async (_what, json, message) => {
    await expect(readPlan(bytes(json), "image.json")).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(message),
    });
  });

  it("are refused for layers of types that nobody knows, and for what is not JSON", async () => {
    await expect(readPlan(bytes(with0({ mediatype: "text/plain" })), "it")).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "it is malformed: layers[0].mediatype: text/plain is not a layer's",
    });
    await expect(readPlan(Buffer.from("{"), "image.json")).rejects.toThrow(
      "image.json is not valid JSON",
    );
    await expect(readLayers(bytes({}), "layers.json")).rejects.toThrow("layers.json is malformed");
  });
});

describe("hashes of store paths in a plan", () => {
  const path = "/nix/store/0c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-hello-2.12";
  const info = { path, narSize: 1, references: [], narHash: digest("one") };
  const storeWith = (known: object | undefined) =>
    ({ info: () => Promise.resolve(known) }) as unknown as NixStore;
  const plan: Plan = {
    config: {},
    layers: [{ ...planLayer(), recipe: { style: "dockertools", paths: [{ path }] } }],
  };

  it("are written, read, and compared with what the store has", async () => {
    const noted = await addNarHashes(plan, storeWith(info));
    expect(noted.narHashes).toEqual({ [path]: digest("one") });
    const read = await readPlan(Buffer.from(writePlan(noted)), "image.json");
    expect(read.narHashes).toEqual(noted.narHashes);
    await checkNarHashes(read, storeWith(info), "image.json");
    await checkNarHashes(read, storeWith(undefined), "image.json");
    const other = storeWith({ ...info, narHash: digest("two") });
    await expect(checkNarHashes(read, other, "image.json")).rejects
      .toThrow(`${path} has other bytes here than where image.json was made`);
  });
});

function planLayer() {
  return { digest: digest("layer"), diffId: digest("layer"), size: 1, mediaType: TAR };
}
