/** nixpkgs' examples of dockerTools: the list of them in the documents, each evaluated, and built. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Suite } from "./suite.ts";

const PAGE = new URL("../../../docs/moving-over.md", import.meta.url);

/** The functions that make the examples, and how many there are of each. */
const BUILT = [
  ["buildImage", 14],
  ["basedImage", 6],
  ["buildLayeredImage", 18],
  ["streamLayeredImage", 10],
  ["streamNixShellImage", 9],
  ["others", 4],
] as const;

/** Reads the page's list: names of examples, by what is done with them. */
async function readList(): Promise<ReadonlyMap<string, readonly string[]>> {
  const page = await readFile(PAGE, "utf8");
  const items = page.split("## nixpkgs' examples")[1]!.split(/^- \*\*/m).slice(1);
  return new Map(items.map((item) => {
    const [what, names] = item.split("\n\n")[0]!.split("**:");
    return [
      what!.replaceAll(/\s+/g, " "),
      [...names!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    ];
  }));
}

/** Tests of them. */
export function testExamples(suite: () => Suite): void {
  test("tell what is done with every example of nixpkgs, in the documents too", async () => {
    const list = await readList();
    const { names, ...others } = await suite().evaluate("exampleNames");
    expect([...list.values()].flat().sort()).toEqual(names);
    for (const [what, some] of list) {
      if (what !== "built in the sandbox") expect(others[what], what).toEqual(some);
    }
    expect(names.length).toBe(66);
  });

  // All their layers are made, and archives of each kind; those of all where the variable is set.
  const isAll = process.env["NIXOCI_ALL_ARCHIVES"] !== undefined;
  test.each(BUILT)("build every example of %s that needs no network", async (group, count) => {
    suite().args = isAll ? ["--arg", "allArchives", "true"] : [];
    const paths = await suite().build(`builtExamples.${group}`);
    expect(paths.length).toBe(count);
  });
}
