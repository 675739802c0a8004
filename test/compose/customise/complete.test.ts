/** Files that follow from an image's store paths, and scripts, on its customisation layer. */
import { describe, expect, it } from "vitest";
import { completeCustomisation } from "../../../src/compose/customise/complete.ts";
import type {
  Addition,
  CustomiseContext,
  Script,
  StoreContents,
} from "../../../src/compose/customise/customisation.ts";
import type { LayerDraft } from "../../../src/compose/draft.ts";
import type { MadeEntry } from "../../../src/recipe/mod.ts";

const context = {} as CustomiseContext;
const layer: LayerDraft = {
  recipe: { style: "dockertools", paths: [], made: [{ type: "directory", path: "/etc" }] },
  history: undefined,
};

/** As many store paths as the letters say. */
const storedWith = (named: readonly { path: string }[]): Promise<StoreContents> =>
  Promise.resolve({
    closure: ["a", ...named.map(({ path }) => path)].map((path) => ({
      path,
      narSize: 1,
      references: [],
    })),
    recorded: [],
    copied: [],
  });

const list: Addition = ({ closure }) =>
  Promise.resolve([
    { type: "file", path: "/db", content: closure.map(({ path }) => path).join(" ") },
  ]);

/** A script that changes the entry at a place, and mentions a store path. */
const script = (
  change: (made: MadeEntry) => MadeEntry[],
  ...mentions: string[]
): Script =>
(layer) => {
  const made = (layer.recipe.made ?? []).flatMap(change);
  return Promise.resolve({
    layer: { ...layer, recipe: { ...layer.recipe, made } },
    mentioned: mentions.map((path) => ({ path, at: "script" })),
  });
};

const complete = (additions: readonly Addition[], scripts: readonly Script[]) =>
  completeCustomisation(layer, { additions, scripts }, storedWith, context);
const made = async (...all: Parameters<typeof complete>) =>
  (await complete(...all)).layer.recipe.made;

const own = (one: MadeEntry): MadeEntry[] => one.type === "file" ? [{ ...one, uid: 1000 }] : [one];

describe("a customisation layer", () => {
  it("stays as it is where nothing is asked", async () => {
    expect(await complete([], [])).toEqual({ layer, mentioned: [] });
  });

  it("gets its additions before scripts run", async () => {
    expect(await made([list], [script(own)])).toEqual([
      { type: "directory", path: "/etc" },
      { type: "file", path: "/db", content: "a", uid: 1000 },
    ]);
  });

  it("has additions of the store paths that scripts bring, with the owner that a script gave", async () => {
    expect(await made([list], [script(own, "b"), script((one) => [one], "c")])).toEqual([
      { type: "directory", path: "/etc" },
      { type: "file", path: "/db", content: "a b c", uid: 1000 },
    ]);
    expect((await complete([list], [script(own, "b")])).mentioned).toEqual([
      { path: "b", at: "script" },
    ]);
  });

  it("keeps what a script has written, or removed", async () => {
    const write = (one: MadeEntry): MadeEntry[] =>
      one.type === "file" ? [{ ...one, content: "mine" }] : [one];
    expect(await made([list], [script(write, "b")])).toContainEqual(
      { type: "file", path: "/db", content: "mine" },
    );
    const remove = (one: MadeEntry): MadeEntry[] => one.type === "file" ? [] : [one];
    expect(await made([list], [script(remove, "b")])).toEqual([
      { type: "directory", path: "/etc" },
    ]);
  });
});
