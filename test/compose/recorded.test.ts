/** Layers of a SPEC that files describe, as `nixoci layers` and nix2container's buildLayer write them. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import { describeLayers, type LayersOptions } from "../../src/compose/layers/layers.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { drainStream } from "../../src/bytes/stream.ts";
import { readConfig } from "../../src/image/documents/load.ts";
import { ls } from "../../src/flatten/ls.ts";
import { readClosure } from "../../src/nix/store/closure.ts";
import {
  createPlanImage,
  type PlanLayer,
  readPlan,
  writeLayers,
  writePlan,
} from "../../src/plan/mod.ts";
import { openStore } from "../../src/nix/store/store.ts";
import { temporaryFolder } from "../support/folder.ts";
import { image } from "../support/images.ts";
import { HELLO, LIBC, LONE, ROOT, type SmallStore, smallStore } from "./store.ts";

let small: SmallStore;
beforeEach(async () => void (small = await smallStore()));

const inFolder = (name: string): string => join(small.folder, name);

/** Layers of a path's closure, as `nixoci layers` describes them. */
async function described(path: string, more: Partial<LayersOptions> = {}): Promise<PlanLayer[]> {
  const store = await openStore({ descriptions: [small.graph] });
  return await describeLayers(await readClosure([path], store), {
    style: "nix2container",
    strategy: "popularity",
    maxLayers: 1,
    store: { root: small.store },
    ...more,
  });
}

async function write(name: string, layers: readonly PlanLayer[]): Promise<void> {
  await writeFile(inFolder(name), writeLayers(layers));
}

const built = (spec: Spec, base?: Parameters<typeof image>[0]) =>
  (base ? image(base) : Promise.resolve(undefined)).then((base) =>
    build({ store: "store", closure: "graph.json", ...spec }, {
      folder: small.folder,
      ...(base && { base: { image: base, reference: "oci-dir:base" } }),
    })
  );

/** The store paths in each layer of the plan. */
async function pathsIn(spec: Spec, base?: Parameters<typeof image>[0]): Promise<string[][]> {
  const { plan } = await built(spec, base);
  return plan.layers.map(({ recipe }) => recipe?.paths.map(({ path }) => path) ?? []);
}

describe.each(["dockertools", "nix2container"] as const)("described layers (%s)", (style) => {
  it("are in the image as they are recorded, and in its plan", async () => {
    const perms = [{ path: HELLO, regex: ".*", mode: "0500", uid: 7 }];
    const history = { created_by: "me", comment: "c" };
    const layers = await described(HELLO, { perms, history, maxLayers: 2 });
    await write("layers.json", layers);
    const { plan, image: made } = await built({ style, layers: ["layers.json"], deps: LONE });
    const read = await readPlan(Buffer.from(writePlan(plan)), "image.json");
    // Who writes them says of every rule what it would do anyway.
    expect(JSON.parse(writeLayers(read.layers)).slice(0, 2)).toEqual(
      JSON.parse(writeLayers(layers)),
    );
    expect(made.layers.map(({ descriptor }) => descriptor.digest).slice(0, 2))
      .toEqual(layers.map(({ digest }) => digest));
    expect((await readConfig(made.config)).json.history!.slice(0, 2)).toEqual([history, history]);
    const again = await createPlanImage(read, { store: { root: small.store } });
    expect(again.manifest.descriptor).toEqual(made.manifest.descriptor);
    for (const layer of made.layers) await drainStream(layer.open());
  });

  it("have their paths alone, wherever they stand", async () => {
    await write("libc.json", await described(LIBC));
    expect(await pathsIn({ style, layers: ["libc.json"], deps: HELLO })).toEqual([[LIBC], [HELLO]]);
    const later: Spec = { style, layers: [{ deps: HELLO }, "libc.json"] };
    expect(await pathsIn(later)).toEqual([[HELLO], [LIBC]]);
    const below: Spec = { style, layers: [{ deps: HELLO, layers: ["libc.json"] }, "libc.json"] };
    expect(await pathsIn(below)).toEqual([[LIBC], [HELLO]]);
  });

  it("are counted as explicit layers are: not at all", async () => {
    await write("layers.json", await described(HELLO, { maxLayers: 2 }));
    const layers = ["layers.json"];
    const maxLayers = style === "dockertools" ? 2 : 1;
    expect(await pathsIn({ style, layers, maxLayers, deps: [HELLO, LONE] }))
      .toEqual([[LIBC], [HELLO], [LONE]]);
  });

  it("are of dockerTools' style as well, with owners and times", async () => {
    const [layer] = await described(LONE, { style: "dockertools" });
    const recipe = { ...layer!.recipe!, mtime: 5, uid: 3, uname: "jane" };
    const { plan: { layers: [own] } } = await built({
      style: "dockertools",
      deps: LONE,
      mtime: "1970-01-01T00:00:05Z",
      uid: 3,
      uname: "jane",
    });
    await write("layers.json", [{ ...own!, recipe }]);
    const { image: made, plan } = await built({ style, layers: ["layers.json"] });
    expect(plan.layers[0]).toMatchObject({ digest: own!.digest, recipe });
    await drainStream(made.layers[0]!.open());
  });
});

describe("described layers with tars", () => {
  it("are read from there, whatever the store has become", async () => {
    const tarDirectory = inFolder("tars");
    await write("layers.json", await described(LONE, { tarDirectory }));
    await writeFile(join(small.store, LONE), "it was built again, otherwise");
    const { image: made, plan } = await built({ layers: ["layers.json"], deps: LONE });
    expect(made.layers.length).toBe(1);
    expect(plan.layers[0]!.tarball).toMatch(/tars\/[0-9a-f]{64}\.tar$/);
    await drainStream(made.layers[0]!.open());
    expect([...await ls(made)].map(({ path }) => path)).toContain(LONE);
  });

  it("may be beside the file, compressed, of unknown size, and of unknown paths", async () => {
    const [layer] = await described(LONE, { tarDirectory: inFolder("tars") });
    const plain = await readFile(layer!.tarball!);
    const zipped = gzipSync(plain);
    await mkdir(inFolder("deep"));
    await writeFile(inFolder("deep/layer.tgz"), zipped);
    const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
    const { diffId } = layer!;
    const tarball = "layer.tgz";
    await write("deep/layers.json", [
      { digest: digestOf(zipped), size: 0, diffId, mediaType, tarball },
    ]);
    const { image: made } = await built({ layers: ["deep/layers.json"] });
    const size = zipped.length;
    expect(made.layers[0]!.descriptor).toEqual({ mediaType, digest: digestOf(zipped), size });
    expect(made.layers[0]!.diffId).toBe(diffId);
    await drainStream(made.layers[0]!.open());
  });

  it("are in the store, as buildLayer has them: a folder with both", async () => {
    const derivation = `/nix/store/${"d".repeat(32)}-layers.json`;
    const [layer] = await described(LONE, { tarDirectory: join(small.store, derivation) });
    const hex = layer!.diffId.slice("sha256:".length);
    const tarball = `${derivation}/${hex}.tar`;
    await writeFile(
      join(small.store, derivation, "layers.json"),
      writeLayers([{ ...layer!, tarball }]),
    );
    await symlink(join(small.store, derivation), inFolder("result"));
    for (const layers of [[derivation], [`${derivation}/layers.json`], ["result"]]) {
      const { image: made, plan } = await built({ layers });
      await drainStream(made.layers[0]!.open());
      expect(plan.layers[0]!.tarball).toBe(join(small.store, tarball));
    }
  });
});

describe("described layers and permissions", () => {
  const perm = (mode: string) => [{ path: LONE, regex: ".*", mode }];

  it("may be said twice, if they are the same", async () => {
    await write("layers.json", await described(LONE, { perms: perm("0500") }));
    const layers = ["layers.json"];
    expect(await pathsIn({ layers, deps: LONE, perms: perm("0500") })).toEqual([[LONE]]);
    expect(await pathsIn({ layers, deps: LONE })).toEqual([[LONE]]);
  });

  it("cannot be others elsewhere", async () => {
    await write("a.json", await described(LONE, { perms: perm("0500") }));
    await write("b.json", await described(LONE, { perms: perm("0400") }));
    await write("c.json", await described(LONE));
    await expect(built({ layers: ["a.json"], deps: LONE, perms: perm("0400") })).rejects.toThrow(
      `perms[0]: ${LONE} cannot be given permissions, for it is in layers[0] with other permissions`,
    );
    for (const layers of [["a.json", "b.json"], ["a.json", "c.json"], ["c.json", "a.json"]]) {
      await expect(built({ layers })).rejects.toThrow(
        `layers[1]: ${LONE} is in it, and with other permissions in layers[0]`,
      );
    }
  });

  it("are those of the layer, above a base that has the path", async () => {
    await write("a.json", await described(LONE, { perms: perm("0500") }));
    const base = { layers: [{ [LONE.slice(1)]: "there already" }] };
    expect(await pathsIn({ layers: ["a.json"], deps: LONE }, base)).toEqual([[], [LONE]]);
  });
});

describe("described layers without the store", () => {
  it("are refused if they have some of it, and else copied", async () => {
    await write("layers.json", await described(LONE));
    await expect(built({ layers: ["layers.json"], includeStorePaths: false })).rejects.toThrow(
      `layers[0]: ${LONE} is in it, and includeStorePaths is false`,
    );
    const rewrites = [ROOT, HELLO, LIBC].map((path) => ({ path, regex: `^${path}`, repl: "" }));
    await write("root.json", await described(ROOT, { rewrites }));
    const { image: made } = await built({ layers: ["root.json"], includeStorePaths: false });
    expect([...await ls(made)].map(({ path }) => path)).toContain("/bin/hi");
  });
});

describe("what is wrong with described layers", () => {
  it("is not there", async () => {
    await expect(built({ layers: [{ layers: ["no.json"] }] })).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `layers[0].layers[0]: ${inFolder("no.json")}: no such file or directory`,
    });
    await mkdir(inFolder("empty"));
    await expect(built({ layers: ["empty"] })).rejects.toThrow(
      `layers[0]: Cannot open ${inFolder("empty/layers.json")}: no such file or directory`,
    );
    const gone = `/nix/store/${"d".repeat(32)}-gone`;
    await expect(built({ layers: [gone] })).rejects.toThrow(
      `layers[0]: Cannot open ${small.store}${gone}`,
    );
  });

  it.each<[string, unknown, string]>([
    ["an image", { version: 1, layers: [] }, " is malformed: must be a list of layers"],
    ["a digest", [{ digest: "sha256:1" }], " is malformed: [0].digest: must be sha256:"],
    [
      "a plain tar's two digests",
      [{
        digest: digestOf(Buffer.from("1")),
        diff_ids: digestOf(Buffer.from("2")),
        size: 1,
        mediatype: "application/vnd.oci.image.layer.v1.tar",
        "layer-path": "/a.tar",
      }],
      " is malformed: [0]: its digest and its diff_ids differ",
    ],
    [
      "a future field",
      [{ paths: [{ path: "/a", options: { tar: "x" } }] }],
      " is malformed: [0].",
    ],
  ])("is said by its field: %s", async (_what, value, message) => {
    await writeFile(inFolder("layers.json"), JSON.stringify(value));
    await expect(built({ layers: ["layers.json"] })).rejects.toMatchObject({
      code: "MALFORMED",
      message: expect.stringContaining(`layers[0]: ${inFolder("layers.json")}${message}`),
    });
  });

  it("is found when it is copied: another digest, of paths and of a tar", async () => {
    const digest = digestOf(Buffer.from("another"));
    const [layer] = await described(LONE);
    const false1 = { ...layer!, digest, diffId: digest };
    await write("paths.json", [false1]);
    const [kept] = await described(LONE, { tarDirectory: inFolder("tars") });
    await write("tar.json", [{ ...kept!, digest, diffId: digest }]);
    for (const [name, words] of [["paths", "files are not what"], ["tar", "wrong content"]]) {
      const { image: made } = await built({ layers: [`${name}.json`] });
      const copied = drainStream(made.layers[0]!.open());
      await expect(copied).rejects.toMatchObject({
        code: "DIGEST",
        message: expect.stringMatching(new RegExp(`${digest}.*${words}`)),
      });
    }
  });

  it("is a tar that is gone", async () => {
    const [layer] = await described(LONE);
    await write("layers.json", [{ ...layer!, tarball: "/no/such.tar" }]);
    const { image: made } = await built({ layers: ["layers.json"] });
    await expect(drainStream(made.layers[0]!.open())).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("/no/such.tar"),
    });
  });
});

it("described layers are all that is needed: no store, and no closure", async () => {
  await write("layers.json", await described(LONE));
  const folder = await temporaryFolder();
  await writeFile(join(folder, "layers.json"), await readFile(inFolder("layers.json")));
  const { image: made } = await build({ layers: ["layers.json"] }, { folder });
  expect(made.layers.length).toBe(1);
});
