/** Makes the farm of an image's contents, and tells what is not in it. */
import type { OnNotice } from "../../base/notices.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { diskRootOf } from "../../recipe/store-root.ts";
import type { LinkedPath } from "../parts.ts";
import type { SpecPaths } from "../paths.ts";
import { type FarmConflict, type FarmFolder, joinFolders } from "./join.ts";

/**
 * Makes links to the files of contents, over files that are made for the root already. What is in no
 * store is copied: its place on disk is not one in the image.
 * @param contents located, so that a link to a store path is that path.
 * @throws NixociError `USAGE` for contents that are not folders, and what reading them throws.
 */
export async function makeFarm(
  contents: readonly LinkedPath[],
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
      only: named.only,
    };
  }));
  const { made, conflicts } = joinFolders(folders, there);
  for (const message of describeConflicts(conflicts)) onNotice?.({ code: "LEFT_OUT", message });
  return made;
}

/**
 * Says what is left out: a line for each folder, and one for all files of the same two contents, or of
 * all contents that miss the same ones, as all of nixpkgs' have a `nix-support`.
 */
function describeConflicts(conflicts: readonly FarmConflict[]): string[] {
  const folders = conflicts.filter(({ isFolder }) => isFolder);
  const files = Map.groupBy(
    conflicts.filter(({ isFolder }) => !isFolder),
    ({ winner, loser }) => JSON.stringify([winner, loser]),
  );
  const same = Map.groupBy(
    files.values(),
    (all) => JSON.stringify([all[0]!.winner, all.map(({ lost }) => lost)]),
  );
  return [...folders.map(describeFolder), ...[...same.values()].map(describeFiles)];
}

function describeFolder({ winner, there, loser, lost }: FarmConflict): string {
  return `contents: ${winner || "a helper"} has a ${WORDS[there]} where ${loser} has a folder: ` +
    `${joinSome(lost)} ${lost.length === 1 ? "is" : "are"} left out`;
}

/** Describes the files that several contents lose to one, the same of each. */
function describeFiles(losers: readonly (readonly FarmConflict[])[]): string {
  const [all] = losers as [readonly FarmConflict[]];
  const places = joinSome(all.flatMap(({ lost }) => lost));
  const names = joinSome(losers.map(([one]) => one!.loser));
  const verb = all.length * losers.length === 1 ? "is" : "are";
  return `contents: ${places} of ${names} ${verb} left out: ` +
    `${all[0]!.winner || "a helper"} was first with ${all.length === 1 ? "it" : "them"}`;
}

const WORDS = { file: "file", directory: "folder", symlink: "link", hardlink: "file" } as const;

/** A line of more is not read by anybody. */
const MOST = 200;

function joinSome(places: readonly string[]): string {
  if (places.length <= MOST) return places.join(", ");
  return `${places.slice(0, MOST).join(", ")} and ${places.length - MOST} more`;
}
