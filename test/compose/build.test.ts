/** From a SPEC to an image: what is in it, what it says of itself, and what a plan of it says. */
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build, type BuildOptions } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { collectStream, drainStream } from "../../src/bytes/stream.ts";
import type { Image, ImageBlob } from "../../src/image/root.ts";
import type { UnnamedBlob } from "../../src/image/sink.ts";
import type { LayerPlace } from "../../src/recipe/mod.ts";
import { createScratch } from "../../src/image/disk/scratch.ts";
import { compress } from "../../src/steps/compress.ts";
import { readConfig, readManifest } from "../../src/image/documents/load.ts";
import { ls } from "../../src/flatten/ls.ts";
import { createPlanImage, readPlan, writePlan } from "../../src/plan/mod.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";
import { HELLO, LIBC, LONE, ROOT, smallStore } from "./store.ts";

/** The image of a SPEC over the small store. */
async function built(spec: Spec, options: Omit<BuildOptions, "folder"> = {}) {
  const { folder } = await smallStore();
  const all = { store: "store", closure: "graph.json", ...spec };
  return { folder, ...await build(all, { ...options, folder }) };
}

async function configOf(spec: Spec, options: Omit<BuildOptions, "folder"> = {}) {
  return (await readConfig((await built(spec, options)).image.config)).json;
}

/** The files that a container would see. */
async function filesOf(spec: Spec, options: Omit<BuildOptions, "folder"> = {}) {
  return [...await ls((await built(spec, options)).image)].map(({ path }) => path);
}

describe.each(["dockertools", "nix2container"] as const)("an image in the style of %s", (style) => {
  it("has what it is told to have, and all that this needs", async () => {
    const files = await filesOf({ style, deps: HELLO });
    expect(files).toContain(`${HELLO}/bin/hello`);
    expect(files).toContain(`${LIBC}/lib/libc.so`);
    expect(files).not.toContain(LONE);
  });

  it("has what only its config names", async () => {
    const files = await filesOf({ style, config: { cmd: ["sh", `PATH=${HELLO}/bin:/bin`] } });
    expect(files).toContain(`${LIBC}/lib/libc.so`);
    const derivation = `/nix/store/${"d".repeat(32)}-lone.drv`;
    expect(await filesOf({ style, config: { Labels: { made: derivation } } })).toEqual([]);
  });

  it("has copies at its root, of store paths and of folders", async () => {
    const folder = join(await temporaryFolder(), "a+b");
    await mkdir(join(folder, "app/data"), { recursive: true });
    await writeFile(join(folder, "app/data/x"), "x");
    const files = await filesOf({ style, copyToRoot: [ROOT, folder], maxLayers: 3 });
    expect(files).toContain("/bin/hi");
    expect(files).toContain("/app/data/x");
    expect(files).toContain(`${HELLO}/bin/hello`);
    expect(files.includes(`${ROOT}/bin/hi`)).toBe(style === "dockertools");
  });

  it("is the same as its plan's, layer by layer", async () => {
    const spec: Spec = {
      style,
      name: "app",
      copyToRoot: ROOT,
      config: { Cmd: ["hi"], Healthcheck: { Test: ["NONE"] }, Odd: 1 },
      annotations: { a: "b" },
      os: "linux",
      architecture: "arm",
      variant: "v7",
      mtime: "2020-01-01T00:00:00Z",
      uid: 7,
      perms: [{ path: ROOT, regex: ".*passwd", mode: "0600", uid: 3 }],
      layers: [{ deps: LIBC, metadata: { author: "me" } }],
    };
    const { plan, image: made, name, folder } = await built(spec);
    const read = await readPlan(Buffer.from(writePlan(plan)), "image.json");
    const again = await createPlanImage(read, { store: { root: join(folder, "store") } });
    expect(again.manifest.descriptor).toEqual(made.manifest.descriptor);
    expect(read.name).toBe(name);
    for (const layer of again.layers) await drainStream(layer.open());
  });

  it("is not an image when its files are not what they were", async () => {
    const { image: made, folder } = await built({ style, deps: LONE });
    await writeFile(join(folder, "store", LONE), "a file by it-self");
    await expect(drainStream(made.layers[0]!.open())).rejects.toThrow(
      /^Cannot make layer sha256:.*-lone": the files are not what they were when it was named/,
    );
  });
});

describe("the config", () => {
  it("has each style's defaults", async () => {
    const both = { deps: LIBC, architecture: "arm64" };
    expect(await configOf(both)).toEqual({
      created: "1970-01-01T00:00:01Z",
      architecture: "arm64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [expect.any(String)] },
      history: [{ created: "1970-01-01T00:00:01Z", comment: `store paths: ['${LIBC}']` }],
    });
    expect(await configOf({ ...both, style: "nix2container" })).toMatchObject({
      created: "0001-01-01T00:00:00Z",
      history: [{ created_by: "nix2container" }],
    });
  });

  it("may be of now", async () => {
    const before = Date.now() - 1000;
    const { created } = await configOf({ created: "now" });
    expect(Date.parse(created!)).toBeGreaterThanOrEqual(before);
  });
});

describe("an image on a base", () => {
  const below = (spec: Parameters<typeof image>[0] = {}) =>
    image({ layers: [{ a: "1" }], ...spec });
  const on = async (spec: Parameters<typeof image>[0] = {}) => ({
    base: { image: await below(spec), reference: "oci-dir:base" },
  });

  it("has its layers unchanged, and then its own", async () => {
    const options = await on({ compression: "zstd" });
    const { image: made, plan } = await built({ deps: LIBC }, options);
    const [first, second] = made.layers;
    expect(first!.descriptor).toEqual(options.base.image.layers[0]!.descriptor);
    expect(made.layers.length).toBe(2);
    await drainStream(first!.open());
    await drainStream(second!.open());
    expect(plan).toMatchObject({
      base: "oci-dir:base",
      layers: [{ size: expect.any(Number) }, {}],
    });
    expect((await readConfig(made.config)).json.history).toEqual([{}, expect.anything()]);
  });

  it("does not repeat its store paths", async () => {
    const options = await on({ layers: [{ [LIBC.slice(1)]: "there already" }] });
    const files = await filesOf({ deps: HELLO }, options);
    expect(files).toContain(`${HELLO}/bin/hello`);
    expect(files).not.toContain(`${LIBC}/lib/libc.so`);
  });

  it("inherits what its style inherits, or what it is told to", async () => {
    const options = await on({ config: { Env: ["A=base", "B=base"], User: "www" } });
    const own: Spec = { config: { Env: ["B=own"] } };
    const run = async (spec: Spec) => (await configOf({ ...own, ...spec }, options)).config;
    expect(await run({})).toEqual({ Env: ["A=base", "B=own"] });
    expect(await run({ style: "nix2container" })).toEqual({ Env: ["B=own"] });
    expect(await run({ style: "nix2container", inherit: "env" })).toEqual({
      Env: ["A=base", "B=own"],
    });
    expect(await run({ inherit: "all" })).toEqual({ User: "www", Env: ["A=base", "B=own"] });
    expect(await run({ inherit: "none" })).toEqual({ Env: ["B=own"] });
  });

  it("is not built without it", async () => {
    await expect(build({ fromImage: "base.tar" })).rejects.toThrow(
      "fromImage: nothing says how to open base.tar",
    );
  });

  it("is for what its base is for", async () => {
    const platform = { os: "linux", architecture: "arm", variant: "v6" };
    expect(await configOf({}, await on({ platform }))).toMatchObject(platform);
  });

  it("counts its layers", async () => {
    const options = await on({ layers: [{ a: "1" }, { b: "2" }] });
    await expect(built({ deps: HELLO, maxLayers: 3 }, options)).rejects.toThrow(
      "the base image has 2",
    );
    const { image: made } = await built({ deps: ROOT, maxLayers: 4 }, options);
    expect(made.layers.length).toBe(3);
  });
});

describe("its name", () => {
  it("has a tag that changes when the image does", async () => {
    const { name, image: made } = await built({ name: "Registry.example/App", deps: LIBC });
    expect(name).toMatch(/^registry\.example\/app:[0-9a-df-np-sv-z]{32}$/);
    const again = await built({ name: "registry.example/app", deps: LIBC });
    expect(again.name).toBe(name);
    expect(again.image.manifest.descriptor).toEqual(made.manifest.descriptor);
    const other = await built({ name: "registry.example/app", deps: LIBC, config: { User: "1" } });
    expect(other.name).not.toBe(name);
  });

  it("is what is given, or none", async () => {
    expect((await built({ name: "a", tag: "1.0" })).name).toBe("a:1.0");
    expect((await built({})).name).toBeUndefined();
  });

  it("is in the annotations only if it is put there", async () => {
    const { image: made } = await built({ name: "a", annotations: { k: "v" } });
    expect((await readManifest(made.manifest)).annotations).toEqual({ k: "v" });
  });
});

describe("what is not there", () => {
  const MISSING = `/nix/store/${"d".repeat(32)}-gone`;

  it.each<[Spec, string]>([
    [{ deps: ["/nix/store/nope"] }, 'deps[0]: "/nix/store/nope" is not a store path'],
    [{ deps: [LIBC, MISSING] }, `deps[1]: ${MISSING} is not valid in`],
    [{ layers: [{ deps: MISSING }] }, `layers[0].deps: ${MISSING} is not valid in`],
    [{ copyToRoot: MISSING }, `copyToRoot: ${MISSING} is not valid in`],
    [{ copyToRoot: ["/no/such/folder"] }, "copyToRoot[0]: /no/such/folder: no such file or"],
    [{ deps: ["/no/such"] }, "deps[0]: /no/such: no such file or directory"],
    [{ copyToRoot: "/nix/store" }, "copyToRoot: /nix/store is the whole store"],
    [{ config: { Cmd: [`${MISSING}/bin/x`] } }, `config: ${MISSING} is not valid in the store`],
    [{ closure: "nowhere.json" }, "nowhere.json: no such file or directory"],
  ])("%j is named", async (spec, message) => {
    await expect(built(spec)).rejects.toThrow(message);
  });

  it("is named when the closure misses it", async () => {
    const { folder, graph } = await smallStore();
    const part = [{ path: HELLO, references: [LIBC], narSize: 1 }];
    await writeFile(graph, JSON.stringify(part));
    await expect(build({ deps: HELLO, closure: graph }, { folder })).rejects.toThrow(
      `${HELLO} refers to ${LIBC}, which is not in ${graph}`,
    );
  });

  it("is named when the files are gone", async () => {
    const { folder, store } = await smallStore();
    await rm(join(store, LONE));
    await expect(build({ deps: LONE, closure: "graph.json", store: "store" }, { folder })).rejects
      .toThrow(/-lone/);
  });
});

describe("the layers of a base", () => {
  it("keep their files and their history, so that nix2container reads the plan", async () => {
    const folder = await temporaryFolder();
    const { layers: [layer] } = await image({ layers: [{ a: "a" }], compression: "none" });
    const tarball = join(folder, "base.tar");
    await writeFile(tarball, await collectStream(layer!.open(), 1 << 20, "it"));
    const { digest, size, mediaType } = layer!.descriptor;
    const history = { created_by: "base" };
    const plan = {
      config: {},
      layers: [{ digest, size, diffId: digest, mediaType, tarball, history }],
    };
    const base = { image: await createPlanImage(plan), reference: "nix:base.json" };
    const { plan: made } = await built({ fromImage: "base" }, { base });
    expect(made.layers).toEqual([expect.objectContaining({ tarball, history })]);
  });

  it("stay as they are, plain ones of registries too, with what their descriptors say", async () => {
    const plain = await image({ layers: [{ a: "a" }], compression: "none" });
    const urls = ["https://example.org/a"];
    const [layer] = plain.layers;
    const descriptor = { ...layer!.descriptor, urls };
    const given = { ...plain, layers: [{ ...layer!, descriptor }] };
    for (const [reference, mediaType] of [["registry:a/b", "tar"], ["oci-dir:b", "tar+gzip"]]) {
      const spec: Spec = { fromImage: "base", config: { Labels: { a: "b" } } };
      const { image: made } = await built(spec, { base: { image: given, reference: reference! } });
      expect(made.layers[0]!.descriptor).toEqual(descriptor);
      await using scratch = createScratch();
      const packed = await compress({ kind: "gzip", onlyPlain: true })(made, { scratch }) as Image;
      const type = packed.layers[0]!.descriptor.mediaType;
      expect(type).toBe(`application/vnd.oci.image.layer.v1.${mediaType}`);
    }
  });
});

it("what is copied to the root is a folder, or a link to one", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "rootfs"));
  await writeFile(join(folder, "rootfs/motd"), "hello");
  await symlink("rootfs", join(folder, "current"));
  const direct = await build({ copyToRoot: "rootfs" }, { folder });
  const linked = await build({ copyToRoot: "current" }, { folder });
  expect(linked.image.manifest.descriptor).toEqual(direct.image.manifest.descriptor);
  await expect(build({ copyToRoot: "rootfs/motd" }, { folder })).rejects.toThrow(
    `copyToRoot: ${join(folder, "rootfs/motd")} is not a folder`,
  );
});

it("links lead to store paths", async () => {
  const { folder, store } = await smallStore();
  await symlink(join(store, ROOT), join(folder, "result"));
  const spec: Spec = { store: "store", closure: "graph.json", copyToRoot: "./result" };
  const { image: made } = await build(spec, { folder });
  const files = [...await ls(made)].map(({ path }) => path);
  expect(files).toContain("/bin/hi");
  expect(files).toContain(`${LIBC}/lib/libc.so`);
});

it.each(
  [
    ["dockertools", "sha256:8b4c2af0402a3d7aab79074eaae50042642f6c5672374c950508aad670e5d9e3"],
    ["nix2container", "sha256:578e73dc547dca64b62d5e534ee9b29678eafb983786c3b6d6504f8bcd8ba118"],
  ] as const,
)("the same SPEC is the same image on every runtime, in the style of %s", async (style, digest) => {
  const layering = style === "dockertools" ? "popularity-contest" : "popularity";
  const spec: Spec = { style, layering, copyToRoot: ROOT, deps: LONE, architecture: "amd64" };
  expect((await built(spec)).image.manifest.descriptor.digest).toBe(digest);
});

describe("the place that layers are made in", () => {
  const opened = async (spec: Spec, options: Omit<BuildOptions, "folder"> = {}) => {
    const traits: unknown[] = [];
    const into: BuildOptions["into"] = async (given) => void traits.push(given);
    await built(spec, { ...options, into });
    return traits;
  };

  it("is opened once nothing can refuse the image any more, with what is known of it", async () => {
    expect(await opened({ copyToRoot: ROOT, compressor: "none" }))
      .toEqual([{ synthetic: true, namesAsGiven: true, packing: "none" }]);
    const traits: unknown[] = [];
    const into: BuildOptions["into"] = async (given) => void traits.push(given);
    const refused = built({ deps: HELLO, config: { cmd: ["nosuch"] } }, { into, strict: true });
    await expect(refused).rejects.toThrow("nosuch");
    expect(traits).toEqual([]);
  });

  it("gets what is on a base, and before that the base, where it keeps layers in order", async () => {
    const base = { image: await image(), reference: "oci-dir:base" };
    for (const ordered of [true, false]) {
      const log: string[] = [];
      const put = async ({ content }: ImageBlob) => {
        await drainStream(content.open());
        log.push(content.descriptor.digest);
      };
      const unnamed: UnnamedBlob = {
        write: () => Promise.resolve(),
        name: async ({ content }) => void log.push(content.descriptor.digest),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
      const place: LayerPlace = {
        traits: { parallel: 2, ordered },
        has: () => Promise.resolve(false),
        put,
        takeUnnamed: () => Promise.resolve(unnamed),
      };
      const made = await built({ copyToRoot: ROOT }, { base, into: async () => place });
      const { image: named } = await built({ copyToRoot: ROOT }, { base });
      expect(made.image.manifest.descriptor).toEqual(named.manifest.descriptor);
      const digests = named.layers.map(({ descriptor }) => descriptor.digest);
      expect(log).toEqual(digests.slice(ordered ? 0 : base.image.layers.length));
    }
  });

  it("is not opened for images on others whose layers are not to be passed on", async () => {
    const whole = await image();
    const [layer] = whole.layers;
    const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
    for (const more of [{ urls: ["https://example.com/layer"] }, {}]) { // Docker has no such type
      const foreign = { ...layer!, descriptor: { ...layer!.descriptor, mediaType, ...more } };
      const base = { image: { ...whole, layers: [foreign] }, reference: "oci-dir:base" };
      expect(await opened({ copyToRoot: ROOT }, { base })).toEqual([]);
    }
  });
});
