/** Links in an image's tree, followed as a process in the image would. */
import { posix } from "node:path";
import { listPathParts } from "../../base/path-parts.ts";

// As Linux has it.
const MOST_LINKS = 40;

/** A link at a place. */
export interface PlacedLink {
  readonly target: string;
}

/** The end of a walk. */
export interface FollowedPlace<T> {
  /** The place where the walk ended. */
  readonly place: string;
  /** The thing that is there; `undefined` where there is none. */
  readonly node: T | "folder" | undefined;
  /** The number of links on the way. */
  readonly links: number;
}

/**
 * Follows links to what a place leads to; they end at the image's root.
 * @param look returns what lies at a place itself; `folder` where the walk goes on below it.
 * @returns `undefined` for something below a file, and for links in a circle.
 */
export function followPlace<T extends string | object>(
  place: string,
  look: (place: string) => T | PlacedLink | "folder" | undefined,
): FollowedPlace<T> | undefined {
  let [at, rest] = ["/", listPathParts(place)];
  for (let links = 0; links <= MOST_LINKS;) {
    const [name, ...after] = rest;
    if (name === undefined) return { place: at, node: "folder", links };
    const next = name === ".." ? posix.dirname(at) : posix.join(at, name);
    const node = look(next);
    if (node === "folder") [at, rest] = [next, after];
    else if (isLink(node)) {
      links++;
      if (node.target.startsWith("/")) at = "/";
      rest = [...listPathParts(node.target), ...after];
    } else if (node === undefined) return { place: next, node, links };
    else return after.length === 0 ? { place: next, node: node as T, links } : undefined;
  }
  return undefined;
}

function isLink(node: unknown): node is PlacedLink {
  return typeof node === "object" && node !== null && "target" in node;
}
