/** Links of files on disk that lie below a root, followed as a process with that root would. */
import { lstatSync } from "node:fs";
import { diskPathOf, readLink } from "../../recipe/files.ts";
import { followPlace } from "../links/follow-place.ts";

/** The end of a path. */
export interface ResolvedPlace {
  /** Without links, and without the root. */
  readonly path: string;
  readonly isFolder: boolean;
}

/** Follows all links in a path; `undefined` where it leads nowhere, or in a circle. */
export function followOnDisk(path: string, root: string): ResolvedPlace | undefined {
  const end = followPlace(path, (place) => {
    const stat = lstatSync(diskPathOf(root + place), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) return { target: readLink(root + place) };
    return stat && (stat.isDirectory() ? "folder" : "file");
  });
  return end?.node && { path: end.place, isFolder: end.node === "folder" };
}
