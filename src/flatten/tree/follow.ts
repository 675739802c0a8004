/**
 * Follows paths as a process in the image would, in a tree of which lower layers may be missing.
 */
import { NixociError } from "../../base/errors.ts";
import { decodeName, quoteName } from "../../tar/name.ts";
import { ROOT } from "./name-tree.ts";
import type { LayerTree } from "./layer-tree.ts";
import { MOST_LINKS, splitTarget, UP } from "./path.ts";

/** The end of a path. */
export type PathOutcome =
  /** It is there, whatever lower layers have. */
  | { readonly kind: "found"; readonly node: number; readonly path: string }
  /** It is not there, whatever lower layers have. */
  | { readonly kind: "missing"; readonly path: string }
  /** Lower layers decide; it is this path, if there are no more links on the way. */
  | { readonly kind: "unknown"; readonly path: string };

/**
 * Follows a path from the image's root; links do not lead out of it.
 * @throws NixociError `UNSAFE` when links lead in a circle.
 */
export function followPath(tree: LayerTree, path: string): PathOutcome {
  let ahead = splitTarget(path);
  let way: number[] = [ROOT];
  const pathOf = (rest: readonly Buffer[]): string =>
    [tree.pathOf(way.at(-1)!), ...rest.map(decodeName)].filter((part) => part !== "").join("/");
  for (let links = 0; ahead.length > 0;) {
    const [part, ...rest] = ahead as [Buffer, ...Buffer[]];
    ahead = rest;
    if (part.equals(UP)) {
      if (way.length > 1) way.pop();
      continue;
    }
    const above = way.at(-1)!;
    const node = tree.names.find(above, part);
    if (node === 0 || !tree.shows(node)) {
      const isSettled = way.some((one) => tree.marks.isSealed(one)) ||
        node !== 0 && tree.marks.isGone(node);
      // A way back up from there would be another path: `unknown` names no content then.
      return { kind: isSettled ? "missing" : "unknown", path: pathOf([part, ...rest]) };
    }
    const file = tree.fileAt(node);
    const facts = file === 0 ? undefined : tree.files.facts(file);
    if (facts?.type === "symlink") {
      if (++links > MOST_LINKS) {
        throw new NixociError("UNSAFE", `links at ${quoteName(`/${path}`)} lead in a circle`);
      }
      if (facts.linkpath.startsWith("/")) way = [ROOT];
      ahead = [...splitTarget(facts.linkpath), ...rest];
    } else if (facts !== undefined && facts.type !== "directory" && rest.length > 0) {
      return { kind: "missing", path: pathOf([part, ...rest]) };
    } else way.push(node);
  }
  const node = way.at(-1)!;
  return { kind: "found", node, path: tree.pathOf(node) };
}
