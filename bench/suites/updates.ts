/**
 * How many bytes twenty updates move, one after the other, by how store paths are layered. Nothing
 * is built and nothing is timed.
 */
import { computeMove, layersOf } from "../../src/layering/mod.ts";
import type { Closure } from "../../src/nix/formats/path-info.ts";
import { dice } from "../../test/layering/closures.ts";
import { updateClosure } from "../../test/layering/updates.ts";
import { closures } from "../layering/closures.ts";
import type { Suite } from "../suite.ts";
import { markdown } from "../table.ts";

const MAX_LAYERS = [10, 25, 50, 100];
const UPDATES = 20;

/** Each makes the next layers of a closure, and of the layers before. */
const WAYS = {
  "popularity (nix2container)": (of: Closure, maxLayers: number) =>
    layersOf(of, { strategy: "popularity", maxLayers }),
  "auto (dockerTools)": (of: Closure, maxLayers: number) =>
    layersOf(of, { strategy: "auto", maxLayers }),
  "size-aware": (of: Closure, maxLayers: number) =>
    layersOf(of, { strategy: "size-aware", maxLayers }),
  "--against": (of: Closure, maxLayers: number, history: readonly (readonly string[])[]) =>
    history.length === 0
      ? layersOf(of, { strategy: "size-aware", maxLayers })
      : layersOf(of, { history, maxLayers }),
};

/** Bytes that move in an update, on average, by way; `changed` are those of the changed paths. */
function simulateUpdates(first: Closure, maxLayers: number): Record<string, number> {
  const moved: Record<string, number> = { changed: 0 };
  for (const [name, makeLayers] of Object.entries(WAYS)) {
    const roll = dice(maxLayers);
    let closure: Closure = first;
    let layers = makeLayers(closure, maxLayers, []);
    moved[name] = 0;
    moved["changed"] = 0;
    for (let step = 0; step < UPDATES; step++) {
      const before = new Set(closure.map(({ path }) => path));
      closure = updateClosure(closure, roll, `${step}`);
      const next = makeLayers(closure, maxLayers, layers);
      const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
      moved[name] += computeMove(next, layers, sizes).bytes / UPDATES;
      for (const [path, size] of sizes) if (!before.has(path)) moved["changed"] += size / UPDATES;
      layers = next;
    }
  }
  return moved;
}

async function measureUpdates(): Promise<string> {
  const names = [...Object.keys(WAYS), "changed"];
  const rows: string[][] = [];
  for (const { name, closure } of await closures()) {
    for (const maxLayers of MAX_LAYERS) {
      const moved = simulateUpdates(closure, maxLayers);
      const what = `${name}: ${closure.length} paths`;
      rows.push([what, `${maxLayers}`, ...names.map((one) => (moved[one]! / 1e6).toFixed(1))]);
    }
  }
  return markdown(["closure", "maxLayers", ...names], rows);
}

export const suite: Suite = {
  summary: "bytes that twenty updates move, with and without the layers that are there",
  page: "layering.md",
  run: measureUpdates,
};
