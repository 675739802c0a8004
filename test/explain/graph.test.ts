/** Chains of references: from what the config names to a store path, as few as are asked for. */
import { describe, expect, it } from "vitest";
import {
  createStoreGraph,
  findRoots,
  findShortestChains,
  listChains,
} from "../../src/explain/graph.ts";

const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";

/** A store path of a name, with a hash that is its own. */
function pathOf(name: string): string {
  const hash = [...name].map((char) => DIGITS[char.charCodeAt(0) % 32]).join("");
  return `/nix/store/${hash.padEnd(32, "0").slice(0, 32)}-${name}`;
}

function graphOf(edges: Readonly<Record<string, readonly string[]>>) {
  return createStoreGraph(
    Object.entries(edges).map(([name, to]) => ({ path: pathOf(name), references: to.map(pathOf) })),
  );
}

function namesOf(chains: readonly (readonly string[])[]): string[] {
  return chains.map((chain) => chain.map((path) => path.slice(44)).join(" "));
}

describe("chains", () => {
  const graph = graphOf({
    app: ["curl", "ssl"],
    curl: ["ssl"],
    ssl: ["libc"],
    libc: ["libc"],
    lone: [],
  });
  const roots = findRoots(graph, [["Cmd", `exec ${pathOf("app")}/bin/app`]]);

  it("begin at what the config names, and at what nothing refers to", () => {
    expect(roots).toEqual([{ path: pathOf("app"), by: ["Cmd"] }, { path: pathOf("lone"), by: [] }]);
  });

  it("come the shortest first, and are counted", () => {
    const { chains, count } = listChains(graph, roots, pathOf("libc"), 5);
    expect(namesOf(chains)).toEqual(["app ssl libc", "app curl ssl libc"]);
    expect(count).toBe(2n);
    expect(namesOf(listChains(graph, roots, pathOf("libc"), 1).chains)).toEqual(["app ssl libc"]);
  });

  it("are found for all paths at once, from what the config names where that leads there", () => {
    const found = findShortestChains(graph, roots);
    expect(namesOf([...found.values()]).sort()).toEqual([
      "app",
      "app curl",
      "app ssl",
      "app ssl libc",
      "lone",
    ]);
    const both = graphOf({ root: ["x"], named: ["y"], y: ["x"], x: [] });
    const of = findShortestChains(both, findRoots(both, [["Cmd", pathOf("named")]]));
    expect(namesOf([of.get(pathOf("x"))!])).toEqual(["named y x"]);
  });

  it("of a root are itself", () => {
    expect(namesOf(listChains(graph, roots, pathOf("lone"), 5).chains)).toEqual(["lone"]);
  });

  it("are found at once where there are 2^30 of them", () => {
    const edges: Record<string, string[]> = { end: [] };
    for (let i = 0; i < 30; i++) {
      const next = i === 0 ? ["end"] : [`l${i - 1}`, `r${i - 1}`];
      edges[`l${i}`] = next;
      edges[`r${i}`] = next;
    }
    edges["top"] = ["l29", "r29"];
    const wide = graphOf(edges);
    const { chains, count } = listChains(wide, findRoots(wide, []), pathOf("end"), 3);
    expect(count).toBe(2n ** 30n);
    expect(chains.map(({ length }) => length)).toEqual([32, 32, 32]);
  });

  it("end where references go round in a circle", () => {
    const round = graphOf({ a: ["b"], b: ["c", "a"], c: [] });
    const { chains } = listChains(round, [{ path: pathOf("a"), by: [] }], pathOf("c"), 5);
    expect(namesOf(chains)).toEqual(["a b c"]);
  });
});
