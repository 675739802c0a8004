/** Follows paths in a tree as a process in it would. */
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import { joinPath } from "./path.ts";
import type { TreeEntry } from "./tree-entry.ts";

/** The most links on the way, as on Linux. */
const MOST_LINKS = 40;

/** Finds a file of a tree by its path, without slashes around it. */
export type FindEntry = (path: string) => TreeEntry | undefined;

/**
 * Follows a path, and returns where it leads: links do not leave the tree, and what is not there is
 * as it is written.
 * @throws NixociError `UNSAFE` when links lead in a circle.
 */
export function followEntry(find: FindEntry, path: string): string {
  let ahead = splitWay(path);
  let at = "";
  for (let links = 0; ahead.length > 0;) {
    const [part, ...rest] = ahead as [string, ...string[]];
    ahead = rest;
    if (part === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = joinPath(at, part);
    const entry = find(next);
    if (entry?.type !== "symlink") {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) {
      throw new NixociError("UNSAFE", `links at ${quoteName(path)} lead in a circle`);
    }
    if (entry.linkpath.startsWith("/")) at = "";
    ahead = [...splitWay(entry.linkpath), ...rest];
  }
  return at;
}

function splitWay(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
