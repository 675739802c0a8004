/** The recipe of a layer before and after a script: its form, and whose its files are. */
import { describe, expect, it } from "vitest";
import { beginRecipe, finishRecipe } from "../../../src/compose/scripts/recipes.ts";
import type { LayerScript } from "../../../src/compose/scripts/script.ts";
import { splitWhiteouts } from "../../../src/compose/scripts/whiteouts.ts";
import type { LayerRecipe, MadeEntry } from "../../../src/recipe/mod.ts";

const script = (field: LayerScript["field"], ownsFiles: boolean): LayerScript => ({
  field,
  text: "",
  isRoot: false,
  seesBase: false,
  ownsFiles,
});
const extraCommands = script("extraCommands", false);
const fakeRootCommands = script("fakeRootCommands", true);
const runAsRoot = script("runAsRoot", true);

const recipe: LayerRecipe = {
  style: "dockertools",
  paths: [{ path: "/a" }],
  mtime: 1,
  uid: 7,
  gid: 8,
};
const form = { style: "dockertools", packer: "gnu-tar", mtime: 315_532_800 };

const made: MadeEntry[] = [
  { type: "directory", path: "/new", uid: 0, gid: 0 },
  { type: "directory", path: "/old", uid: 7, gid: 8 },
  { type: "directory", path: "/given", uid: 9, gid: 8 },
];

describe("a layer with scripts", () => {
  it("has GNU tar's form, as dockerTools' have", () => {
    expect(beginRecipe(recipe, extraCommands)).toEqual({
      ...form,
      paths: [{ path: "/a" }],
      uid: 7,
      gid: 8,
    });
  });

  it("is laid together as it would be without them", () => {
    const folderLinks = "keep";
    const more = { ...recipe, folderLinks, links: { "/bin": "/usr/bin" } } as const;
    expect(beginRecipe(more, runAsRoot)).toMatchObject({ folderLinks, links: more.links });
  });

  it("belongs to the SPEC's user after extraCommands, but for what these give away", () => {
    expect(finishRecipe(beginRecipe(recipe, extraCommands), made, extraCommands)).toEqual({
      ...form,
      paths: [],
      uid: 7,
      gid: 8,
      made: [
        { type: "directory", path: "/new" },
        { type: "directory", path: "/old" },
        { type: "directory", path: "/given", uid: 9, gid: 8 },
      ],
    });
  });

  it("belongs to whom fakeRootCommands give it", () => {
    expect(finishRecipe(beginRecipe(recipe, fakeRootCommands), made, fakeRootCommands))
      .toEqual({ ...form, paths: [], made });
  });

  it("is root's when runAsRoot begins", () => {
    expect(beginRecipe(recipe, runAsRoot)).toEqual({ ...form, paths: [{ path: "/a" }] });
  });
});

it("whiteouts are told from files", () => {
  const whiteout: MadeEntry = { type: "file", path: "/etc/.wh.passwd", content: "" };
  const file: MadeEntry = { type: "file", path: "/.wh.dir/f", content: "" };
  expect(splitWhiteouts([whiteout, file])).toEqual({ files: [file], whiteouts: [whiteout] });
});
