/** Closures for the tests: a recorded one, small ones by hand, random ones by seed. */
import { readFileSync } from "node:fs";
import type { PathInfo } from "../../src/nix/formats/path-info.ts";

/** A real closure of 112 paths, and what nix2container's program made of it. */
export function recorded(): {
  graph: PathInfo[];
  runs: { maxLayers: number; layers: string[][] }[];
} {
  return JSON.parse(
    readFileSync(new URL("../golden/nix/popularity.json", import.meta.url), "utf8"),
  );
}

/** `closure({ A: "B C", B: "C", C: "" })`: who refers to whom, in this order; each of size 1. */
export function closure(
  graph: Record<string, string>,
  sizes: Record<string, number> = {},
): PathInfo[] {
  return Object.entries(graph).map(([path, references]) => ({
    path,
    narSize: sizes[path] ?? 1,
    references: references.split(" ").filter(Boolean),
  }));
}

/** The example in the article that both tools follow. */
export const ARTICLE = closure({
  A: "A B G",
  B: "B C E",
  C: "C D E",
  D: "D F",
  E: "E F",
  F: "F",
  G: "G",
});

/** Numbers below a limit, the same ones for the same seed. */
export function dice(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

/** A closure of `size` store paths, sorted by path as Nix has it; names and sizes repeat. */
export function randomClosure(size: number, roll: (limit: number) => number): PathInfo[] {
  const names = ["lib", "lib+x", "lib-x", "app", "data"];
  const paths = Array.from(
    { length: size },
    (_, i) =>
      `/nix/store/${roll(1e9).toString().padStart(32, "0")}-${names[roll(5)]}-${roll(4)}.${i}`,
  );
  const infos = paths.map((path, i) => {
    const references = new Set(roll(2) === 0 ? [path] : []);
    for (let count = roll(5); count > 0 && i > 0; count--) references.add(paths[roll(i)]!);
    return {
      path,
      narSize: 1 + roll(roll(2) === 0 ? 4 : 1_000),
      references: [...references].sort(),
    };
  });
  return infos.sort((a, b) => a.path < b.path ? -1 : 1);
}

export function shuffled<T>(items: readonly T[], roll: (limit: number) => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(roll(left.length), 1)[0]!);
}
