/** Copies over a base whose folders are links: the links stay, and so does what they lead to. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCache } from "../../../src/cache/cache.ts";
import type { Base } from "../../../src/compose/base/base.ts";
import { build, type BuildOptions } from "../../../src/compose/build.ts";
import { mergeLayers } from "../../../src/flatten/merge.ts";
import type { Spec } from "../../../src/compose/spec/spec.ts";
import { createPlanImage, readPlan, writePlan } from "../../../src/plan/mod.ts";
import { planLayerOf } from "../../../src/plan/plan.ts";
import { createLayer, type MadeEntry } from "../../../src/recipe/mod.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** A base of files, and of links where the text begins with an arrow. */
async function baseOf(files: Readonly<Record<string, string>>): Promise<Base> {
  const made = Object.entries(files).map(([path, text]): MadeEntry =>
    text.startsWith("-> ")
      ? { type: "symlink", path, target: text.slice(3) }
      : { type: "file", path, content: text }
  );
  const layer = await createLayer({ style: "dockertools", paths: [], made });
  const plan = { config: {}, layers: [planLayerOf(layer, { recipe: layer.recipe })] };
  return { image: await createPlanImage(plan), reference: "nix:base.json" };
}

/** The image of files that are copied onto a base: its plan, its files, and what is said. */
async function copiedOnto(
  base: Base,
  files: readonly string[],
  spec: Spec = {},
  how: BuildOptions = {},
) {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(join(folder, "own", dirname(file)), { recursive: true });
    await writeFile(join(folder, "own", file), "own");
  }
  const notices: string[] = [];
  const { image, plan } = await build({ copyToRoot: "own", fromImage: "base", ...spec }, {
    ...how,
    folder,
    base,
    onNotice: ({ code, message }) => notices.push(`${code} ${message}`),
  });
  const tree = await mergeLayers(image, { put() {} });
  const shown = [...tree.entries()].filter(({ type }) => type !== "directory")
    .map(({ path, linkpath }) => linkpath === "" ? path : `${path} -> ${linkpath}`);
  return { image, plan, notices, shown, tree };
}

describe("what is copied", () => {
  it("lies where a link of the base leads", async () => {
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh" });
    const { shown, plan, image, notices } = await copiedOnto(base, ["bin/app", "etc/x"]);
    expect(shown).toEqual(["bin -> usr/bin", "etc/x", "usr/bin/app", "usr/bin/sh"]);
    expect(notices).toEqual([]);
    const read = await readPlan(Buffer.from(writePlan(plan)), "it");
    expect(read.layers[1]!.recipe).toMatchObject({ links: { "/bin": "/usr/bin" } });
    const again = await createPlanImage(read);
    expect(again.layers[1]!.diffId).toBe(image.layers[1]!.diffId);
  });

  it.each<[string, Record<string, string>, string, string]>([
    [
      "a chain",
      { "/bin": "-> sbin", "/sbin": "-> usr/bin", "/usr/bin/sh": "" },
      "bin/a",
      "usr/bin/a",
    ],
    [
      "an absolute link",
      { "/lib64": "-> /usr/lib64", "/usr/lib64/l": "" },
      "lib64/a/b",
      "usr/lib64/a/b",
    ],
    [
      "a link above the root",
      { "/bin": "-> ../../usr/bin", "/usr/bin/sh": "" },
      "bin/a",
      "usr/bin/a",
    ],
    [
      "a link below a link",
      {
        "/lib": "-> usr/lib",
        "/usr/lib/x": "-> /opt/x",
        "/opt/x/y": "",
      },
      "lib/x/a",
      "opt/x/a",
    ],
    ["a link to nothing yet", { "/srv": "-> data/srv" }, "srv/a", "data/srv/a"],
    ["a link to the root", { "/rootfs": "-> /", "/etc/x": "" }, "rootfs/etc/a", "etc/a"],
  ])("follows %s", async (_, files, copied, place) => {
    const { tree } = await copiedOnto(await baseOf(files), [copied]);
    expect(tree.find(place)?.type).toBe("file");
    for (const [path, text] of Object.entries(files)) {
      if (text.startsWith("-> ")) expect(tree.find(path.slice(1))?.type).toBe("symlink");
    }
  });

  it("takes a link's place where it is a file or a link itself", async () => {
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh", "/x": "-> usr" });
    const { shown, notices } = await copiedOnto(base, ["x"]);
    expect(shown).toEqual(["bin -> usr/bin", "usr/bin/sh", "x"]);
    expect(notices).toEqual([
      "HIDDEN the image has a file /x, which replaces the base's link to /usr",
    ]);
  });

  it("leaves alone how folders of the base are", async () => {
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh" });
    const { plan, image } = await copiedOnto(base, ["bin/app"]);
    const own = await mergeLayers(image, { put() {} }, { layer: 2 });
    expect([...own.entries()].map(({ path, layer }) => [path, layer])).toEqual([
      ["", 0],
      ["usr", 0],
      ["usr/bin", 0],
      ["usr/bin/app", 2],
    ]);
    expect(plan.layers.length).toBe(2);
  });

  it("is refused where the link goes in a circle", async () => {
    const base = await baseOf({ "/bin": "-> sbin", "/sbin": "-> bin" });
    await expect(copiedOnto(base, ["bin/app"])).rejects.toThrow(
      "copyToRoot: /bin of the base is a link that goes in a circle",
    );
    expect((await copiedOnto(base, ["etc/app"])).shown).toContain("etc/app");
  });

  it("replaces it in nix2container's style, which says so", async () => {
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh" });
    const { shown, notices } = await copiedOnto(base, ["bin/app"], { style: "nix2container" });
    expect(shown).toEqual(["bin/app", "usr/bin/sh"]);
    expect(notices).toEqual([
      expect.stringContaining(
        "HIDDEN copyToRoot has a folder /bin, which replaces the base's link",
      ),
    ]);
  });

  it("reads a base once, where that can be remembered", async () => {
    const { bases } = createCache(join(await temporaryFolder(), "cache.sqlite"));
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh" });
    const first = await copiedOnto(base, ["bin/app"], {}, { bases });
    const layers = base.image.layers.map((layer) => ({
      ...layer,
      open: (): never => {
        throw new Error("it is read again");
      },
    }));
    const unread = { ...base, image: { ...base.image, layers } };
    const folder = await temporaryFolder();
    await mkdir(join(folder, "own/bin"), { recursive: true });
    await writeFile(join(folder, "own/bin/app"), "own");
    await symlink("own", join(folder, "linked"));
    const spec: Spec = { copyToRoot: "linked", fromImage: "base" };
    const { image } = await build(spec, { folder, base: unread, bases });
    expect(image.layers[1]!.diffId).toBe(first.image.layers[1]!.diffId);
  });
});

describe("contents over a base", () => {
  const contents = async (base: Base, files: readonly string[]) => {
    const { notices, shown, tree } = await copiedOnto(base, files, {
      copyToRoot: null,
      contents: "own",
    });
    return { notices, shown, tree };
  };

  it("lie where a link of the base leads, and a notice says that the bytes are others", async () => {
    const base = await baseOf({ "/bin": "-> usr/bin", "/usr/bin/sh": "sh" });
    const { shown, notices, tree } = await contents(base, ["bin/app", "etc/x"]);
    expect(shown).toEqual(["bin -> usr/bin", "etc/x", "usr/bin/app", "usr/bin/sh"]);
    expect(tree.find("usr")?.layer).toBe(1); // the base's
    expect(notices).toEqual([
      "FOLLOWED contents: /bin of the base is a link to /usr/bin, and what goes there does: " +
      "the layer is not dockerTools', which would hide what the base has",
    ]);
  });

  it("are refused where the link goes in a circle", async () => {
    const base = await baseOf({ "/bin": "-> sbin", "/sbin": "-> bin" });
    await expect(contents(base, ["bin/app"])).rejects.toMatchObject({ code: "MALFORMED" });
  });
});

describe("a base of other kinds of files", () => {
  it.each<[string, Record<string, string>, string, string]>([
    [
      "a file where a folder comes",
      { "/bin": "a file" },
      "bin/x",
      "a folder /bin, which replaces the base's file",
    ],
    [
      "a folder where a file comes",
      { "/bin/sh": "x" },
      "bin",
      "a file /bin, which replaces the base's folder and all that is in it",
    ],
    [
      "a file one level down",
      { "/usr/bin": "x" },
      "usr/bin/x",
      "a folder /usr/bin, which replaces the base's file",
    ],
  ])("has %s replaced, and a notice says so", async (_, files, own, words) => {
    const { notices } = await copiedOnto(await baseOf(files), [own]);
    expect(notices).toEqual([`HIDDEN the image has ${words}`]);
  });
});
