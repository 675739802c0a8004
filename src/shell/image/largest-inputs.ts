/** Tells what makes a shell image large. */
import { graphOf } from "../../layering/graph.ts";
import { reachabilityOf, rowOf, walkBits } from "../../layering/reach.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import { namePartOf } from "../../nix/formats/store-path.ts";

/** The number of inputs that are told. */
const MOST_TOLD = 5;

/**
 * Describes the largest inputs: by the bytes of their closures, and with what of these no other
 * input brings, which is what the image has less without it.
 * @param inputs store paths of the closure.
 */
export function describeLargestInputs(inputs: readonly string[], closure: Closure): string {
  const graph = graphOf(closure);
  const reachability = reachabilityOf(graph);
  const sizes = new Map(closure.map(({ path, narSize }) => [path, narSize]));
  const sizeOf = (vertex: number) => sizes.get(graph.paths[vertex]!)!;
  const vertices = inputs.map((path) => graph.paths.indexOf(path));
  const brought = new Uint32Array(graph.paths.length);
  for (const vertex of vertices) {
    walkBits(rowOf(reachability, vertex), (reached) => void brought[reached]!++);
  }
  const told = vertices.map((vertex) => {
    const sums = { vertex, all: 0, alone: 0 };
    walkBits(rowOf(reachability, vertex), (reached) => {
      sums.all += sizeOf(reached);
      if (brought[reached] === 1) sums.alone += sizeOf(reached);
    });
    return sums;
  }).sort((a, b) => b.all - a.all || b.alone - a.alone).slice(0, MOST_TOLD);
  const words = told.map(({ vertex, all, alone }) =>
    `${namePartOf(graph.paths[vertex]!)} ${formatSize(all)} (${formatSize(alone)})`
  );
  return `the largest inputs, with all that they need, and what of that no other input needs: ${
    words.join(", ")
  }`;
}

function formatSize(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
