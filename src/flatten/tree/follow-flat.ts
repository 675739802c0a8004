/** Follows paths as a process in the image would, in a tree that is complete. */
import { NixociError } from "../../base/errors.ts";
import { decodeName } from "../../tar/name.ts";
import type { FlatEntry, FlatTree } from "../types.ts";
import { MOST_LINKS, splitTarget } from "./path.ts";

/**
 * Follows a path in a tree that is complete.
 * @param onLink called with each link on the way.
 * @throws NixociError `UNSAFE` for links in a circle.
 */
export function followInTree(
  tree: FlatTree,
  parts: readonly string[],
  onLink?: (link: FlatEntry) => void,
): FlatEntry | undefined {
  const ahead = parts.toReversed();
  let way: string[] = [];
  for (let links = 0, part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === "..") {
      way.pop();
      continue;
    }
    const entry = tree.find([...way, part].join("/"));
    if (entry === undefined) return undefined;
    if (entry.type !== "symlink") {
      way.push(part);
      continue;
    }
    if (++links > MOST_LINKS) {
      throw new NixociError("UNSAFE", `links at /${parts.join("/")} lead in a circle`);
    }
    onLink?.(entry);
    if (entry.linkpath.startsWith("/")) way = [];
    ahead.push(...splitTarget(entry.linkpath).map(decodeName).reverse());
  }
  return tree.find(way.join("/"));
}
