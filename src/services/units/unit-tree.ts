/** The files of an image, as far as units are looked up in them: links are followed within it. */
import { posix } from "node:path";
import { listPathParts } from "../../base/path-parts.ts";

/** A file, link or folder. */
export type UnitNode =
  | { readonly kind: "file"; read(): Promise<string> }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "folder"; readonly names: readonly string[] };

/** A tree of files; its own way of looking follows no links. */
export interface UnitTree {
  /** Looks at an absolute path whose folders are not links; `undefined` where nothing is. */
  look(path: string): Promise<UnitNode | undefined>;
}

/** A node at the end of all links, with its own path. */
export interface FoundNode {
  readonly path: string;
  readonly node: UnitNode;
}

/** As many links as Linux follows. */
const MOST_LINKS = 40;

/**
 * Finds what is at a path.
 * @param keepsLast returns a link at the end as it is.
 * @returns `undefined` where nothing is, and where links go round in a circle.
 */
export async function resolveNode(
  tree: UnitTree,
  path: string,
  keepsLast = false,
): Promise<FoundNode | undefined> {
  let [at, rest] = ["/", listPathParts(path)];
  for (let links = 0; links <= MOST_LINKS;) {
    const [name = ".", ...further] = rest;
    // What is entered is a folder and no link, so that `..` is the one that it lies in.
    const place = posix.join(at, name);
    const node = await tree.look(place);
    if (node === undefined) return undefined;
    const isLast = further.length === 0;
    if (node.kind === "link" && !(isLast && keepsLast)) {
      links++;
      if (node.target.startsWith("/")) at = "/";
      rest = [...listPathParts(node.target), ...further];
    } else if (isLast) return { path: place, node };
    else if (node.kind === "folder") [at, rest] = [place, further];
    else return undefined;
  }
  return undefined;
}
