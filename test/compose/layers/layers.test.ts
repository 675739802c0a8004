/** Layers alone, and whole images, beside what nix2container and dockerTools have recorded. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../../../src/compose/build.ts";
import { describeLayers, type LayersOptions } from "../../../src/compose/layers/layers.ts";
import { readHistory, readPerms, readRewrites } from "../../../src/compose/spec/rules.ts";
import { digestOf } from "../../../src/bytes/digest.ts";
import { drainStream } from "../../../src/bytes/stream.ts";
import { readClosure } from "../../../src/nix/store/closure.ts";
import type { Closure } from "../../../src/nix/formats/path-info.ts";
import { readLayers, writeLayers, writePlan } from "../../../src/plan/mod.ts";
import { openStore } from "../../../src/nix/store/store.ts";
import { golden, unpackStore } from "../../recipe/support/parity.ts";
import { folderToDispose } from "../../support/folder.ts";

const recorded = golden("nix2container-layers.json");
const dockertools = golden("dockertools-layers.json");

let folder: string;
let dispose: () => Promise<void>;
let closure: Closure;

const file = (name: string) => join(folder, name);

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  await mkdir(file("store"));
  await unpackStore(file("store"));
  await writeFile(file("graph.json"), JSON.stringify(recorded.graph));
  await writeFile(file("perms.json"), JSON.stringify(recorded.perms));
  await writeFile(file("rew.json"), JSON.stringify(recorded.rewrites));
  await writeFile(file("hist.json"), JSON.stringify(recorded.history));
  const store = await openStore({ descriptions: [file("graph.json")] });
  closure = await readClosure(store.paths!, store);
});
afterAll(() => dispose());

const base = (): LayersOptions => ({
  style: "nix2container",
  strategy: "popularity",
  maxLayers: 1,
  store: { root: file("store") },
});

/** nix2container's flags, as it was called with them. */
async function optionsOf(args: readonly string[]): Promise<LayersOptions> {
  const value = (flag: string) => args[args.indexOf(flag) + 1]!;
  const has = (flag: string) => args.includes(flag);
  return {
    ...base(),
    ...(has("--max-layers") && { maxLayers: Number(value("--max-layers")) }),
    ...(has("--perms") && { perms: await readPerms(file(value("--perms"))) }),
    ...(has("--rewrites") && { rewrites: await readRewrites(file(value("--rewrites"))) }),
    ...(has("--history") && { history: await readHistory(file(value("--history"))) }),
    ...(has("--ignore") && { ignore: value("--ignore") }),
  };
}

describe("layers of a closure", () => {
  it.each<{ args: string[]; layers: unknown }>(recorded.runs)(
    "are those of nix2container: $args",
    async ({ args, layers }) => {
      const described = await describeLayers(closure, await optionsOf(args));
      expect(JSON.parse(writeLayers(described))).toEqual(layers);
    },
  );

  it("leave out what layers below have, in the way that they have it", async () => {
    const [first, ...rest] = await describeLayers(closure, { ...base(), maxLayers: 9 });
    const parents = await readLayers(Buffer.from(writeLayers([first!])), "layers.json");
    const above = await describeLayers(closure, { ...base(), maxLayers: 9, parents });
    expect(above.map(({ digest }) => digest)).toEqual(rest.map(({ digest }) => digest));
    const { path } = first!.recipe!.paths[0]!;
    const moved = { ...base(), parents, rewrites: [{ path, regex: `^${path}`, repl: "" }] };
    expect((await describeLayers(closure, moved))[0]!.recipe!.paths.length).toBe(closure.length);
    const perms = [{ path, regex: ".*", mode: "0700" }];
    await expect(describeLayers(closure, { ...base(), parents, perms })).rejects.toThrow(
      `${path} cannot be given permissions, for it is in a lower layer without permissions`,
    );
  });

  it("are kept whole, each with its own paths", async () => {
    const tarDirectory = file("tars");
    const kept = await describeLayers(closure, { ...base(), maxLayers: 3, tarDirectory });
    for (const { digest, size, tarball } of kept) {
      const bytes = await readFile(tarball!);
      expect([digestOf(bytes), bytes.length]).toEqual([digest, size]);
    }
    expect((await readdir(tarDirectory)).length).toBe(3);
    const plain = await describeLayers(closure, { ...base(), maxLayers: 3 });
    expect(kept.map(({ digest }) => digest)).toEqual(plain.map(({ digest }) => digest));
  });

  it.each([
    [{ perms: [{ path: "/x", regex: "" }] }, "perms[0].path: /x is not in the closure"],
    [{ rewrites: [{ path: "/x", regex: "", repl: "" }] }, "rewrites[0].path: /x is not in the"],
  ])("refuse rules of what is not there: %j", async (options, message) => {
    await expect(describeLayers(closure, { ...base(), ...options })).rejects.toThrow(message);
  });
});

describe("rules in files", () => {
  it.each<[(file: string) => Promise<unknown>, unknown, string]>([
    [readPerms, {}, "rules.json: must be a list of permissions"],
    [readPerms, [{ path: "/x" }], "rules.json: [0].regex: must be a string"],
    [readPerms, [{ path: "/x", regex: "", modes: "1" }], "[0].modes: there is no such field"],
    [readRewrites, [{ path: "/x", regex: "" }], "rules.json: [0].repl: must be a string"],
    [readHistory, { createdby: "me" }, "createdby: there is no such field"],
  ])("%# are checked", async (read, value, message) => {
    await writeFile(file("rules.json"), JSON.stringify(value));
    await expect(read(file("rules.json"))).rejects.toThrow(message);
  });
});

describe("an image", () => {
  const spec = () => ({ store: "store", closure: "graph.json" });
  const named = (part: string): string =>
    recorded.graph.find(({ path }: { path: string }) => path.includes(part)).path;

  it("has the layers and the config that nix2container wrote", async () => {
    const settings = named("settings.json");
    const { "image.json": wanted } = recorded.image;
    const { plan } = await build({
      ...spec(),
      style: "nix2container",
      architecture: "amd64",
      config: { ...recorded.image.config, Healthcheck: null },
      deps: recorded.graph.map(({ path }: { path: string }) => path),
      layers: [{ deps: settings, ignore: settings }],
      maxLayers: 100,
    }, { folder });
    const { layers, ...rest } = JSON.parse(writePlan(plan));
    const { layers: wantedLayers, ...wantedRest } = wanted;
    expect(rest).toEqual(wantedRest);
    const digests = (all: { digest: string }[]) => all.map(({ digest }) => digest);
    expect(digests(layers)).toEqual(expect.arrayContaining(digests(wantedLayers)));
  });

  it.each<[string, object[]]>(
    recorded.runs.map(({ args, layers }: { args: string[]; layers: object[] }) => [
      args.join(" "),
      layers,
    ]),
  )("takes the layers that nix2container described: %s", async (_args, layers) => {
    await mkdir(file("described"), { recursive: true });
    await writeFile(file("described/layers.json"), JSON.stringify(layers));
    // A derivation of buildLayer is a folder.
    const { image, plan } = await build({ ...spec(), layers: ["described"] }, { folder });
    expect(JSON.parse(writePlan(plan)).layers).toEqual(layers);
    for (const layer of image.layers) await drainStream(layer.open());
  });

  it("has the layers that dockerTools' script made", async () => {
    const { plan } = await build({ ...spec(), deps: named("-root") }, { folder });
    const made = new Map<string, string>(
      dockertools.layers.filter(({ mtime }: { mtime: number }) => mtime === 1)
        .map(({ paths, diffId }: { paths: string[]; diffId: string }) => [paths.join(), diffId]),
    );
    for (const { digest, recipe } of plan.layers) {
      expect(digest).toBe(made.get(recipe!.paths.map(({ path }) => path).join()));
    }
    expect(plan.layers.length).toBe(2);
  });
});
