/** Which paths go into which layers. */
import { describe, expect, it } from "vitest";
import { assembleLayers } from "../../src/compose/assemble.ts";
import type { LayerDraft } from "../../src/compose/draft.ts";
import { draftImage } from "../../src/compose/draft-image.ts";
import type { SpecPaths } from "../../src/compose/paths.ts";
import type { LayerRecipe } from "../../src/recipe/mod.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";

const path = (name: string): string => `/nix/store/${"0".repeat(32 - name.length)}${name}-${name}`;

/** `a` refers to `b` and `c`, and so on. */
const REFERENCES: Record<string, string> = { a: "bc", b: "c", c: "", d: "c", r: "a" };

const paths: SpecPaths = {
  storeDir: "/nix/store",
  root: "/",
  storePathOf: (path) => path.startsWith("/nix/store/") ? path.split("/", 4).join("/") : undefined,
  locate: (named) => Promise.resolve(named),
  checkFolder: (named) => Promise.resolve(named),
  closureOf: (roots) => Promise.resolve(closure(roots.map(({ path }) => path.at(-1)!))),
  describe: () => Promise.resolve(undefined),
  sizeOf: () => undefined,
  leadsTo: () => Promise.resolve({ valid: [], unknown: [] }),
  findMentions: () => Promise.resolve([]),
  async [Symbol.asyncDispose]() {},
};

function closure(names: readonly string[]) {
  const found = new Set(names);
  for (const name of found) for (const next of REFERENCES[name]!) found.add(next);
  return [...found].sort().map((name) => ({
    path: path(name),
    narSize: 1,
    references: [...REFERENCES[name]!].map(path),
  }));
}

interface Around {
  readonly mentions?: string;
  readonly base?: { readonly layers: number; readonly paths: string };
}

async function drafts(spec: Spec, { mentions = "", base }: Around = {}): Promise<LayerDraft[]> {
  const mentioned = [...mentions].map((name) => ({ path: path(name), at: "config" }));
  const below = {
    layers: base?.layers ?? 0,
    storePaths: () => Promise.resolve(new Set([...base?.paths ?? ""].map(path))),
  };
  const layers = await assembleLayers(
    await draftImage(spec, { folder: "/here" }),
    mentioned,
    paths,
    below,
  );
  return layers.filter((layer): layer is LayerDraft => !("digest" in layer));
}

/** The layers in short: `a` is a path, `>a` one that is copied to the root. */
async function layers(spec: Spec, around?: Around): Promise<string[]> {
  return (await drafts(spec, around)).map(({ recipe }) =>
    recipe.paths.map(({ path, rewrite }) => `${rewrite ? ">" : ""}${path.at(-1)}`).join(" ")
  );
}

describe("the layers of dockerTools", () => {
  it("keep one for what is copied, which is in the store too", async () => {
    expect(await layers({ deps: [path("a")] })).toEqual(["c", "b", "a"]);
    expect(await layers({ copyToRoot: path("r"), maxLayers: 3 })).toEqual(["c", "a b r", ">r"]);
  });

  it("count those of the base", async () => {
    const base = { layers: 2, paths: "c" };
    expect(await layers({ deps: path("a"), maxLayers: 4 }, { base })).toEqual(["a b"]);
    await expect(layers({ deps: path("a"), maxLayers: 3 }, { base })).rejects.toThrow(
      "maxLayers is 3, which leaves no layer for store paths: the base image has 2",
    );
    expect(await layers({ maxLayers: 1 }, { base })).toEqual([]);
    await expect(layers({ deps: path("a"), maxLayers: 1 })).rejects.toThrow(
      "maxLayers is 1, which leaves no layer",
    );
  });

  it("say in the history what is in them", async () => {
    const [store, copied] = await drafts({ copyToRoot: [path("c"), "./x"], maxLayers: 9 });
    const created = "1970-01-01T00:00:01Z";
    expect(store!.history).toEqual({ created, comment: `store paths: ['${path("c")}']` });
    expect(copied!.history).toEqual({ created, comment: "copied to the root" });
    expect(copied!.recipe.paths.map(({ path }) => path)).toEqual([path("c"), "/here/x"]);
  });
});

describe("the layers of nix2container", () => {
  const style = "nix2container" as const;

  it("have what is copied in the place of what is stored", async () => {
    expect(await layers({ style, deps: path("a"), copyToRoot: path("r") })).toEqual(["c b a >r"]);
    expect(await layers({ style, copyToRoot: path("r"), maxLayers: 2 })).toEqual(["c", "b a >r"]);
  });

  it("keep in the store what something names there", async () => {
    expect(await layers({ style, copyToRoot: path("c") }, { mentions: "c" })).toEqual(["c >c"]);
    expect(await layers({ style, copyToRoot: path("c"), deps: path("c"), maxLayers: 2 }))
      .toEqual(["c", ">c"]);
  });

  it("have the history that the SPEC gives", async () => {
    const [first, second] = await drafts({
      style,
      deps: path("a"),
      layers: [{ deps: path("c"), metadata: { author: "me" } }],
    });
    expect(first!.history).toEqual({ author: "me" });
    expect(second!.history).toEqual({ created_by: "nix2container" });
  });
});

describe.each(["dockertools", "nix2container"] as const)("explicit layers (%s)", (style) => {
  it("come first, the inner ones below, and nothing is twice", async () => {
    const spec: Spec = {
      style,
      maxLayers: 9,
      deps: path("a"),
      layers: [
        { deps: path("d"), layers: [{ deps: path("c") }] },
        { deps: [path("b"), path("d")], maxLayers: 2 },
      ],
    };
    expect(await layers(spec)).toEqual(["c", "d", "b", "a"]);
  });

  it("leave out what they are told to", async () => {
    const spec: Spec = { style, layers: [{ deps: path("a"), ignore: path("b") }] };
    expect(await layers(spec)).toEqual([style === "dockertools" ? "a c" : "c a"]);
  });
});

describe("permissions", () => {
  const perm = (name: string, mode = "0755") => ({ path: path(name), regex: ".*", mode });

  it("are those of the path, where it is", async () => {
    const [first, second] = await drafts({
      layers: [{ deps: path("c"), perms: [perm("c")] }],
      deps: path("b"),
    });
    expect(first!.recipe.paths).toEqual([
      { path: path("c"), perms: [{ regex: ".*", mode: "0755" }] },
    ]);
    expect(second!.recipe.paths).toEqual([{ path: path("b") }]);
  });

  it("are those of the copy, and not of the store's files", async () => {
    const [store, copy] = await drafts({ copyToRoot: path("c"), perms: [perm("c")] });
    expect(store!.recipe.paths[0]).toEqual({ path: path("c") });
    expect(copy!.recipe.paths[0]).toMatchObject({ perms: [{ mode: "0755" }] });
  });

  it("cannot differ between layers, or from the base", async () => {
    const twice = (here: string, there: string | undefined): Spec => ({
      layers: [{ deps: path("c"), perms: there === undefined ? [] : [perm("c", there)] }],
      deps: path("c"),
      perms: [perm("c", here)],
    });
    await expect(layers(twice("0755", "0700"))).rejects.toThrow(
      `perms[0]: ${
        path("c")
      } cannot be given permissions, for it is in layers[0] with other permissions`,
    );
    await expect(layers(twice("0755", undefined))).rejects.toThrow(
      "in layers[0] without permissions",
    );
    expect(await layers(twice("0755", "0755"))).toEqual(["c"]);
    const base = { layers: 1, paths: "c" };
    await expect(layers({ deps: path("c"), perms: [perm("c")] }, { base })).rejects.toThrow(
      "it is in fromImage without permissions",
    );
  });

  it("are of paths that are there", async () => {
    await expect(layers({ deps: path("a"), perms: [perm("d")] })).rejects.toThrow(
      `perms[0].path: ${path("d")} is not in the image`,
    );
    const nested: Spec = { layers: [{ deps: path("c"), perms: [perm("c"), perm("a")] }] };
    await expect(layers(nested)).rejects.toThrow(`layers[0].perms[1].path: ${path("a")} is not in`);
  });
});

describe("without store paths", () => {
  it("only copies are left", async () => {
    const spec: Spec = { deps: path("a"), copyToRoot: path("r"), includeStorePaths: false };
    expect(await layers(spec)).toEqual([">r"]);
    expect(await layers({ ...spec, style: "nix2container" })).toEqual([">r"]);
    expect(await layers({})).toEqual([]);
  });
});

it("paths are copied by a rule that fits them, whatever they are called", async () => {
  const [draft] = await drafts({ copyToRoot: "/a+b (c)/$[d]" });
  const { regex } = draft!.recipe.paths[0]!.rewrite!;
  expect(new RegExp(regex).test("/a+b (c)/$[d]/x")).toBe(true);
});

describe("layers that are made here", () => {
  it("stand above all those of paths", async () => {
    const image = await draftImage({ deps: path("c"), copyToRoot: path("b") });
    const recipe: LayerRecipe = {
      style: image.style,
      paths: [],
      made: [{ type: "directory", path: "/tmp", mode: 0o1777 }],
    };
    const history = { comment: "made here" };
    const below = { layers: 0, storePaths: () => Promise.resolve(new Set<string>()) };
    const top = [{ recipe, history }];
    const layers = await assembleLayers({ ...image, top }, [], paths, below);
    expect(layers.length).toBe(4);
    expect(layers.at(-1)).toEqual({ recipe, history });
  });
});
