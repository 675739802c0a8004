/** `nix:`: plans to all places, with the layers made on the way. */
import { Buffer } from "node:buffer";
import { execPath } from "node:process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { copy } from "../../src/copy/copy.ts";
import { digestOf } from "../../src/bytes/digest.ts";
import { compress } from "../../src/steps/compress.ts";
import type { Image } from "../../src/image/root.ts";
import type { Source } from "../../src/image/source.ts";
import { createLayer } from "../../src/recipe/mod.ts";
import { createPlanImage, readPlan, writePlan } from "../../src/plan/mod.ts";
import { openSink, openSource } from "../../transports/mod.ts";
import { LAUNCHER, outcomes, RUN, spawned } from "../cli/run.ts";
import { collected } from "../recipe/support/bytes.ts";
import { golden, unpackStore } from "../recipe/support/parity.ts";
import { folderToDispose, temporaryFolder } from "../support/folder.ts";
import { image, sourceOf } from "../support/images.ts";
import type { TransportOptions } from "../../transports/mod.ts";

const { image: recorded } = golden("nix2container-layers.json");
const theirs = recorded["image.json"];
// deno-lint-ignore no-explicit-any
const digests: string[] = theirs.layers.map((layer: any) => layer.digest);

let root: string;
let plan: string;
beforeAll(async () => {
  const { path, dispose } = await folderToDispose();
  root = path;
  plan = `${root}/image.json`;
  await unpackStore(root);
  writeFileSync(plan, JSON.stringify(theirs));
  return dispose;
});

async function opened(location: string, options: TransportOptions = {}): Promise<Source> {
  const source = await openSource(`nix:${location}`, { store: { root }, ...options });
  onTestFinished(() => source[Symbol.asyncDispose]());
  return source;
}

/** What is at the destination after a copy there. */
async function copied(location: string, destination: string): Promise<Image> {
  const sink = await openSink(destination);
  await copy(await opened(location), sink);
  await sink[Symbol.asyncDispose]();
  const back = await openSource(destination);
  onTestFinished(() => back[Symbol.asyncDispose]());
  return await back.resolve() as Image;
}

describe("nix:", () => {
  it("copies nix2container's plan with the digests that it names", async () => {
    const folder = await temporaryFolder();
    for (const place of ["oci-dir:", "oci-archive:", "docker-archive:"]) {
      const { layers } = await copied(plan, `${place}${folder}/${place.slice(0, -1)}`);
      expect(layers.map(({ descriptor }) => descriptor.digest)).toEqual(digests);
      for (const layer of layers) {
        expect(digestOf(await collected(layer.open()))).toBe(layer.diffId);
      }
    }
  });

  it("makes no layer that the destination has", async () => {
    await copied(plan, "memory:nix-lazy:a");
    const sink = await openSink("memory:nix-lazy:b");
    const source = await opened(plan, { store: { root: "/nowhere" } });
    const { images } = await copy(source, sink);
    expect(images).toHaveLength(1);
  });

  it("refuses plans that are based on themselves, and on each other", async () => {
    const folder = await temporaryFolder();
    const digest = `sha256:${"0".repeat(64)}`;
    const mediatype = "application/vnd.oci.image.layer.v1.tar";
    const layers = [{ digest, size: 5, diff_ids: digest, mediatype }];
    for (const [name, base] of [["one", "two"], ["two", "one"], ["self", "self"]]) {
      const nixoci = { base: `nix:${folder}/${base}` };
      writeFileSync(`${folder}/${name}`, JSON.stringify({ version: 1, layers, nixoci }));
    }
    for (const name of ["one", "self"]) {
      const { layers: [layer] } = await (await opened(`${folder}/${name}`)).resolve() as Image;
      await expect(collected(layer!.open()))
        .rejects.toThrow(`the plan ${folder}/${name} is based on itself`);
    }
  });

  it("is synthetic: who wants compressed layers gets them, and the config stays", async () => {
    const source = await opened(plan);
    expect(source.traits?.synthetic).toBe(true);
    const before = (await source.resolve() as Image).config.descriptor.digest;
    const sink = await openSink("memory:nix-packed");
    await copy(source, sink, { steps: [compress({ kind: "gzip" })] });
    const packed = await (await openSource("memory:nix-packed")).resolve() as Image;
    expect(packed.layers[0]!.descriptor.mediaType).toMatch(/gzip$/);
    expect(packed.layers.map(({ diffId }) => diffId)).toEqual(digests);
    expect(packed.config.descriptor.digest).toBe(before);
  });

  it("says which layer is not what the plan says, and forgets what was remembered", async () => {
    const folder = await temporaryFolder();
    await unpackStore(folder);
    const { path } = theirs.layers[0].paths[0];
    chmodSync(`${folder}${path}/bin/hello`, 0o755);
    const forgotten: string[] = [];
    const source = await opened(plan, {
      store: { root: folder },
      layers: { forget: (key) => Promise.resolve(void forgotten.push(key)) },
    });
    const sink = await openSink("memory:nix-changed");
    await expect(copy(source, sink)).rejects.toMatchObject({
      code: "DIGEST",
      message: expect.stringContaining(`Cannot make layer ${digests[0]} of "${path}"`),
    });
    expect(forgotten).toHaveLength(1);
    await expect(openSource("memory:nix-changed").then((to) => to.resolve())).rejects.toThrow();
  });

  it("says what is missing, and what to do", async () => {
    const source = await opened(plan, { store: { root: "/nowhere" } });
    await expect(copy(source, await openSink("memory:nix-missing"))).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining(`Cannot read "/nowhere${theirs.layers[0].paths[0].path}"`),
      hint: expect.stringContaining("--store"),
    });
  });

  it("reads kept layers from beside the plan, or from the store under its root", async () => {
    const folder = await temporaryFolder();
    const store = `${folder}/nix/store/x`;
    mkdirSync(store, { recursive: true });
    const tars = [Buffer.alloc(2048), Buffer.alloc(4096)];
    writeFileSync(`${folder}/near.tar`, tars[0]!);
    writeFileSync(`${store}/layer.tar`, tars[1]!);
    const paths = ["near.tar", "/nix/store/x/layer.tar"];
    const layers = tars.map((tar, i) => ({
      digest: digestOf(tar),
      size: tar.length,
      diff_ids: digestOf(tar),
      mediatype: "application/vnd.oci.image.layer.v1.tar",
      "layer-path": paths[i],
      History: {},
    }));
    // The plan itself may be in the store, too, under the root.
    writeFileSync(`${folder}/image.json`, JSON.stringify({ ...theirs, layers }));
    writeFileSync(`${store}/image.json`, JSON.stringify({ ...theirs, layers: [layers[1]] }));
    const options = { store: { root: folder } };
    for (
      const [location, expected] of [[`${folder}/image.json`, tars], ["/nix/store/x/image.json", [
        tars[1],
      ]]] as const
    ) {
      const read = await (await opened(location, options)).resolve() as Image;
      expect(await Promise.all(read.layers.map((layer) => collected(layer.open())))).toEqual(
        expected,
      );
    }
  });

  it("reads the base image from wherever the plan says that it is", async () => {
    const folder = await temporaryFolder();
    const base = await image({ layers: [{ base: "1" }] });
    const sink = await openSink(`oci-dir:${folder}/base:it`);
    await copy(sourceOf({ it: base }), sink);
    await sink[Symbol.asyncDispose]();
    const own = await createLayer(
      {
        style: "dockertools",
        paths: theirs.layers[0].paths.map(({ path }: { path: string }) => ({ path })),
      },
      { store: { root } },
    );
    const named = (layer: Image["layers"][number]) => ({
      ...layer.descriptor,
      diffId: layer.diffId,
    });
    const text = writePlan({
      config: { architecture: "amd64", os: "linux" },
      layers: [named(base.layers[0]!), { ...named(own), recipe: own.recipe }],
      base: `oci-dir:${folder}/base:it`,
    });
    writeFileSync(`${folder}/image.json`, text);
    const { layers } = await copied(`${folder}/image.json`, "memory:nix-based");
    expect(layers.map(({ descriptor }) => descriptor.digest))
      .toEqual([base.layers[0]!.descriptor.digest, own.diffId]);
    // Whoever makes the image from the plan has to say how.
    const bare = await createPlanImage(await readPlan(Buffer.from(text), "it"), {
      store: { root },
    });
    await expect(collected(bare.layers[0]!.open())).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("refuses what is not a plan, is not there, or is asked for another image", async () => {
    const folder = await temporaryFolder();
    writeFileSync(`${folder}/x.json`, '{"version":2}');
    await expect(opened(`${folder}/x.json`)).rejects.toThrow(
      "x.json is malformed: version: must be 1",
    );
    await expect(opened(`${folder}/none.json`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(opened(folder)).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await expect((await opened(plan)).resolve("other")).rejects.toMatchObject({ code: "USAGE" });
    await expect(openSource("nix:")).rejects.toMatchObject({
      code: "USAGE",
      hint: "write nix:PATH",
    });
    await expect(openSink(`nix:${plan}`)).rejects.toThrow("nix: cannot be written to");
  });
});

describe("the command line", () => {
  it("takes plans, from files and from pipes, with the store's root", async () => {
    const folder = await temporaryFolder();
    const [inspected, there, missing] = await outcomes([
      ["inspect", "--json", `nix:${plan}`],
      ["copy", "-q", "--store", root, `nix:${plan}`, `oci-dir:${folder}/there`],
      ["copy", "-q", `nix:${plan}`, `oci-dir:${folder}/missing`],
    ]);
    expect(inspected).toMatchObject({ status: 0 });
    for (const digest of digests) expect(inspected!.stdout).toContain(digest);
    expect(there).toMatchObject({ status: 0, stderr: "" });
    for (const digest of digests) {
      expect(existsSync(`${folder}/there/blobs/${digest.replace(":", "/")}`)).toBe(true);
    }
    expect(missing).toMatchObject({ status: 1, stdout: "" });
    expect(missing!.stderr).toMatch(/^nixoci: .*it is not there.*\n(.*\n)?$/);
    const args = [...RUN, LAUNCHER, "copy", "-q", "--src-store", root, "nix:-"];
    const piped = await spawned(
      execPath,
      [...args, `oci-dir:${folder}/piped`],
      readFileSync(plan, "utf8"),
    );
    expect(piped).toEqual(there);
  });
});
