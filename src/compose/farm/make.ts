/** Makes the farm of an image's contents, and tells what is not in it. */
import type { OnNotice } from "../../base/notices.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { NamedPath } from "../parts.ts";
import type { SpecPaths } from "../paths.ts";
import { type FarmConflict, type FarmFolder, joinFolders } from "./join.ts";

/**
 * Makes links to the files of contents, over files that are made for the root already. What is in no
 * store is copied: its place on disk is not one in the image.
 * @param contents located, so that a link to a store path is that path.
 * @throws NixociError `USAGE` for contents that are not folders, and what reading them throws.
 */
export async function makeFarm(
  contents: readonly NamedPath[],
  there: readonly MadeEntry[],
  paths: SpecPaths,
  onNotice?: OnNotice,
): Promise<readonly MadeEntry[]> {
  if (contents.length === 0) return there;
  const folders = await Promise.all(contents.map(async (named): Promise<FarmFolder> => {
    const { path: folder } = await paths.checkFolder(named);
    return {
      path: named.path,
      folder: diskRootOf(folder, paths) + folder,
      isLinked: paths.storePathOf(named.path) !== undefined,
    };
  }));
  const { made, conflicts } = joinFolders(folders, there);
  for (const message of describeConflicts(conflicts)) onNotice?.({ code: "LEFT_OUT", message });
  return made;
}

/** Says what is left out: a line for each folder, and one for all files of the same two contents. */
function describeConflicts(conflicts: readonly FarmConflict[]): string[] {
  const files = new Map<string, FarmConflict[]>();
  const lines: string[] = [];
  for (const one of conflicts) {
    const { winner, there, loser, isFolder, lost } = one;
    if (isFolder) {
      lines.push(
        `contents: ${winner || "a helper"} has a ${WORDS[there]} where ${loser} has a folder: ` +
          `${joinSome(lost)} ${lost.length === 1 ? "is" : "are"} left out`,
      );
      continue;
    }
    const key = JSON.stringify([winner, loser]);
    files.set(key, [...files.get(key) ?? [], one]);
  }
  for (const all of files.values()) {
    const { winner, loser } = all[0]!;
    const places = joinSome(all.flatMap(({ lost }) => lost));
    const verb = all.length === 1 ? "is" : "are";
    lines.push(
      `contents: ${places} of ${loser} ${verb} left out: ${winner || "a helper"} was first with ` +
        (all.length === 1 ? "it" : "them"),
    );
  }
  return lines;
}

const WORDS = { file: "file", directory: "folder", symlink: "link", hardlink: "file" } as const;

/** A line of more is not read by anybody. */
const MOST = 200;

function joinSome(places: readonly string[]): string {
  if (places.length <= MOST) return places.join(", ");
  return `${places.slice(0, MOST).join(", ")} and ${places.length - MOST} more`;
}
