/** Labels of layers: the same everywhere, and of each store path another. */
import { expect, it } from "vitest";
import type { LayerRecipe, MadeEntry } from "../../src/recipe/mod.ts";
import { labelOf } from "../../src/recipe/label.ts";

const A = `/nix/store/${"a".repeat(32)}-a`;
const B = `/nix/store/${"b".repeat(32)}-b`;
const label = (recipe: Partial<LayerRecipe>, storeDir?: string) =>
  labelOf({ style: "dockertools", paths: [], ...recipe }, storeDir ? { storeDir } : {});
const file = (content: Extract<MadeEntry, { type: "file" }>["content"]): MadeEntry => ({
  type: "file",
  path: "/file",
  content,
});

it("tell layers of other store paths, contents, styles and owners apart", () => {
  const labels = [
    label({ paths: [{ path: A }] }),
    label({ paths: [{ path: B }] }),
    label({ paths: [{ path: A }, { path: B }] }),
    label({ paths: [{ path: A, rewrite: { regex: `^${A}`, repl: "" } }] }),
    label({ paths: [{ path: A }], style: "nix2container" }),
    label({ paths: [{ path: A }], uid: 1 }),
    label({ made: [file("a")] }),
    label({ made: [file("b")] }),
    label({ made: [file({ file: A })] }),
    label({ made: [file({ file: B })] }),
  ];
  expect(new Set(labels).size).toBe(labels.length);
  for (const one of labels) expect(one).toMatch(/^[0-9a-f]{32}$/);
});

it("say nothing of where files of this machine lie", () => {
  const at = (folder: string): string[] => [
    label({ paths: [{ path: folder, rewrite: { regex: `^${folder}`, repl: "" } }] }),
    label({ made: [file({ file: `${folder}/file`, at: 3, size: 4 })] }),
    label({ made: [file({ file: `${folder}/file` })] }),
  ];
  expect(at("/home/one")).toEqual(at("/srv/other"));
  expect(label({ paths: [{ path: "/gnu/store/x" }] }, "/gnu/store"))
    .not.toBe(label({ paths: [{ path: "/gnu/store/y" }] }, "/gnu/store"));
});
