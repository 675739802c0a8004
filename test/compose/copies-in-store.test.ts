/** What is copied to the root, and whether it is in the store as well. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build } from "../../src/compose/build.ts";
import { readSpecWith } from "../../src/compose/spec/flags.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { ls } from "../../src/flatten/ls.ts";
import { temporaryFolder } from "../support/folder.ts";

const path = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;
const BIG = path("b", "big");
const SELF = path("s", "self");
const USER = path("c", "user");
const REFERENCES = { [BIG]: [], [SELF]: [SELF], [USER]: [BIG] };

async function files(spec: Spec, how: "spec" | "flags" = "spec") {
  const folder = await temporaryFolder();
  for (const one of Object.keys(REFERENCES)) {
    await mkdir(join(folder, "store", one, "bin"), { recursive: true });
    await writeFile(join(folder, "store", one, "bin", one.slice(44)), "x".repeat(20_000));
  }
  const graph = Object.entries(REFERENCES).map(([path, references]) => ({
    path,
    references,
    narSize: 20_000,
  }));
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  const notices: string[] = [];
  const all = { store: "store", closure: "graph.json", ...spec };
  const asked = how === "spec" ? all : (await readSpecWith(undefined, {
    store: join(folder, "store"),
    closure: [join(folder, "graph.json")],
    "copy-to-root": [spec.copyToRoot ?? []].flat() as string[],
  })).spec;
  const { image } = await build(asked, { folder, onNotice: ({ code }) => notices.push(code) });
  const shown = [...await ls(image)].map(({ path }) => path);
  return { notices, isStored: (one: string) => shown.includes(one), shown };
}

describe("what is copied to the root", () => {
  it("is in the store as well, where a SPEC is for dockerTools, which is said", async () => {
    const { isStored, notices } = await files({ copyToRoot: BIG });
    expect(isStored(BIG)).toBe(true);
    expect(notices).toEqual(["TWICE"]);
  });

  it("is at the root alone where the SPEC says so, or flags alone say what there is", async () => {
    for (const how of ["spec", "flags"] as const) {
      const { isStored, notices, shown } = await files(
        { copyToRoot: BIG, copiesInStore: false },
        how,
      );
      expect(shown).toContain("/bin/big");
      expect(isStored(BIG)).toBe(false);
      expect(notices).toEqual([]);
    }
  });

  it("stays in the store where something refers to it, be it itself", async () => {
    for (const how of ["spec", "flags"] as const) {
      const { isStored } = await files({ copyToRoot: [SELF], copiesInStore: false }, how);
      expect(isStored(SELF)).toBe(true);
    }
    const both = await files({ copyToRoot: [USER, BIG], copiesInStore: false });
    expect([USER, BIG].map(both.isStored)).toEqual([false, true]);
    const named = await files({
      copyToRoot: BIG,
      copiesInStore: false,
      config: { Cmd: [`${BIG}/bin/big`] },
    });
    expect(named.isStored(BIG)).toBe(true);
  });
});
