/**
 * How many bytes a change moves, by strategy. Nothing is built and nothing is timed but the
 * strategies themselves.
 */
import { layersOf, STRATEGIES, type Strategy } from "../../src/layering/mod.ts";
import type { Closure } from "../../src/nix/formats/path-info.ts";
import { closures } from "../layering/closures.ts";
import { simulate } from "../layering/simulate.ts";
import type { Suite } from "../suite.ts";
import { markdown } from "../table.ts";

const MAX_LAYERS = [10, 25, 50, 100];

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** `uniform / leaf-first / re-made`, in MB. */
function cell(closure: Closure, strategy: Strategy, maxLayers: number): string {
  const { uniform, leafFirst, remade } = simulate(
    closure,
    (of) => layersOf(of, { strategy, maxLayers }),
  );
  return [uniform, leafFirst, remade].map(megabytes).join(" / ");
}

function milliseconds(closure: Closure, strategy: Strategy, maxLayers: number): number {
  const start = performance.now();
  layersOf(closure, { strategy, maxLayers });
  return performance.now() - start;
}

async function measureLayering(): Promise<string> {
  const rows: string[][] = [];
  for (const { name, closure } of await closures()) {
    const total = closure.reduce((sum, { narSize }) => sum + narSize, 0);
    for (const maxLayers of MAX_LAYERS) {
      const cells = STRATEGIES.map((strategy) => cell(closure, strategy, maxLayers));
      const time = Math.max(...STRATEGIES.map((one) => milliseconds(closure, one, maxLayers)));
      const what = `${name}: ${closure.length} paths, ${megabytes(total)} MB`;
      rows.push([what, `${maxLayers}`, ...cells, `${time.toFixed(0)} ms`]);
    }
  }
  return markdown(["closure", "maxLayers", ...STRATEGIES, "slowest"], rows);
}

export const suite: Suite = {
  summary: "bytes that a changed path moves, by layering strategy",
  page: "layering.md",
  run: measureLayering,
};
