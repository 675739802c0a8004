/** Makes layers of which as few bytes as possible move when something changes. */
import type { Closure } from "../../nix/formats/path-info.ts";
import { graphOf, orderByDependency } from "../graph.ts";
import { compareByName } from "../compare.ts";
import { reachabilityOf } from "../reach.ts";
import { type Bundle, bundleOf, modelOf } from "./model.ts";
import { mergeNearest, mergeNeighbours } from "./merge.ts";
import { improveBundles } from "./improve.ts";

/** The most bundles that are compared each with each, which takes time. */
const COMPARED = 400;

/**
 * Makes at most `maxLayers` layers, chosen so that a change moves few bytes.
 *
 * A change to a path changes the hash of everything that needs it, so a layer has to move when
 * anything changes that any of its paths needs. What a layer costs is therefore its size times the
 * probability that one of those is what changes; the sum of that over all layers is what is kept
 * small. Half of the probability is spread evenly, half by how few paths need a path: applications
 * change more often than the C library.
 *
 * Each path begins as a bundle of its own; the two that are cheapest to join are joined until few
 * enough are left; then single paths move to where they cost less. The layers least likely to
 * change come first, since an engine unpacks all those above one that has changed.
 *
 * Neither the closure's order nor hashes make a difference, only names, sizes and references.
 * @param only makes layers of these paths alone, of which there is one at least; what they need of
 * the closure counts all the same.
 * @throws NixociError `INCOMPLETE` or `MALFORMED` for what is not a closure.
 */
export function sizeAwareLayersOf(
  closure: Closure,
  maxLayers: number,
  only?: ReadonlySet<string>,
): string[][] {
  const sorted = closure.toSorted((a, b) => compareByName(a.path, b.path));
  const graph = graphOf(sorted);
  const model = modelOf(sorted.map(({ narSize }) => narSize), reachabilityOf(graph));
  const order = orderByDependency(graph)
    .filter((vertex) => only === undefined || only.has(graph.paths[vertex]!));
  let bundles = order.map((vertex) => bundleOf([vertex], model));
  bundles = mergeNeighbours(bundles, Math.max(COMPARED, maxLayers), model);
  bundles = mergeNearest(bundles, maxLayers, model);
  bundles = improveBundles(bundles, order, model);
  return sortBundles(bundles).map(({ members }) =>
    members.map((vertex) => graph.paths[vertex]!).sort()
  );
}

/**
 * Sorts the bundles least likely to change first; members are sorted by name, so equals are too.
 */
function sortBundles(bundles: readonly Bundle[]): Bundle[] {
  return bundles.toSorted((a, b) => a.risk - b.risk || a.members[0]! - b.members[0]!);
}
