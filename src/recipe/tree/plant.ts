/** Puts the files of paths, and what is made here, into the tree of a layer. */
import { quoteName } from "../../tar/name.ts";
import { moverOf } from "../move.ts";
import { followOwnLinks } from "./own-links.ts";
import type { PlantRules } from "./overlay.ts";
import type { RecipePath } from "../recipe.ts";
import {
  childrenOf,
  conflictError,
  filesOf,
  findNode,
  readTreeFile,
  splitPlace,
  type TreeFile,
  type TreeNode,
  WORDS,
} from "./tree.ts";

/**
 * Puts a path's files where they belong.
 * @param root what the path is read under, without a slash at the end.
 * @throws NixociError `EXISTS` where another file lies that differs, `UNSAFE` for a path that is
 * moved out of the image, and what reading throws.
 */
export function addPath(
  tree: TreeNode,
  { path, rewrite, perms }: RecipePath,
  root: string,
  rules: PlantRules,
): void {
  const found = readTreeFile(path, perms, root);
  if (rewrite === undefined || rewrite.regex === "") {
    const node = findNode(tree, splitPlace(path), path);
    const isFree = node.found === undefined && node.children === undefined;
    if (isFree) return void (node.found = found);
  }
  const moved = moverOf({ path, rewrite });
  for (const each of filesOf(found)) {
    const place = moved(each.source);
    if (place !== "") putAt(tree, place, { ...each, whole: false, top: path }, rules);
  }
}

/** Puts a file at a place, or where the links of lower layers lead from there. */
function putAt(tree: TreeNode, asked: string, found: TreeFile, rules: PlantRules): void {
  const folder = found.stat.type === "symlink" ? rules.folderFor?.(found) : undefined;
  if (folder !== undefined) {
    putAt(tree, asked, { ...folder, whole: false }, rules);
    return putFilesOf(tree, asked, folder, rules);
  }
  const isFolder = found.stat.type === "directory";
  const place = rules.keepsLinks ? followOwnLinks(tree, asked, isFolder) : asked;
  if (place !== asked && isFolder) return; // it is there
  const real = rules.follow(place, isFolder);
  const node = findNode(tree, splitPlace(real), found.source, real !== place);
  if (isFolder && real !== place) return; // the layers below have it
  const there = node.found;
  if (there === undefined || rules.overlay === undefined) return putFile(node, place, found);
  const { stays, merges } = rules.overlay(there, found);
  if (there.whole) childrenOf(node);
  node.found = stays;
  if (merges !== undefined) putFilesOf(tree, place, merges, rules);
}

/** Puts what is in a folder below a place. */
function putFilesOf(tree: TreeNode, place: string, folder: TreeFile, rules: PlantRules): void {
  const { source, top, through } = folder;
  for (const each of filesOf(folder)) {
    if (each === folder) continue;
    const at = place + each.source.slice(source.length);
    putAt(tree, at, { ...each, whole: false, top: top!, through }, rules);
  }
}

/**
 * Puts what is made here at its place, or where links of the tree and of lower layers lead from
 * there; a folder may be laid over another one, or over a link to one, which stays.
 * @throws NixociError `EXISTS`, `UNSAFE`, and what reading a folder on the way throws.
 */
export function addFile(
  tree: TreeNode,
  place: string,
  found: TreeFile,
  rules: Pick<PlantRules, "follow">,
): void {
  const isFolder = found.stat.type === "directory";
  const own = followOwnLinks(tree, place, isFolder);
  if (own !== place && isFolder) return; // it is there
  const real = rules.follow(own, isFolder);
  const node = findNode(tree, splitPlace(real), place, real !== own);
  if (real !== own && isFolder) return; // the layers below have it
  const there = node.found?.stat.type ?? (node.children && "directory");
  const isMeant = found.made?.type === "file" && found.made.replaces && there === "file";
  if (
    there !== undefined && !isMeant && !(there === "directory" && isFolder)
  ) {
    const from = node.found === undefined ? "" : `, from ${quoteName(node.found.source)}`;
    throw conflictError(place, `a ${WORDS[there]} is there already${from}`);
  }
  if (node.found?.whole) childrenOf(node);
  node.found = found;
}

/** Puts a file as nix2container does: the last one wins, if it is not another kind of file, mode or size. */
function putFile(node: TreeNode, place: string, found: TreeFile): void {
  const there = node.found;
  if (there !== undefined) checkSame(place, there, found);
  else if (node.children !== undefined && found.stat.type !== "directory") {
    throw conflictError(found.source, `${quoteName(place)} is a folder already`);
  }
  if (there?.whole) childrenOf(node);
  node.found = found;
}

function checkSame(place: string, there: TreeFile, found: TreeFile): void {
  const [a, b] = [there.stat, found.stat];
  const differ = (what: string, one: unknown, other: unknown) =>
    conflictError(
      found.source,
      `${quoteName(place)} is there from ${quoteName(there.source)} with ${what} ${one}, ` +
        `and here with ${other}`,
    );
  if (a.type !== b.type) throw differ("type", WORDS[a.type], WORDS[b.type]);
  if (a.mode !== b.mode) throw differ("mode", formatMode(a.mode), formatMode(b.mode));
  if (a.size !== b.size) throw differ("size", a.size, b.size);
  const [one, other] = [JSON.stringify(there.perms), JSON.stringify(found.perms)];
  if (there.perms !== undefined && one !== other) throw differ("perms", one, other ?? "none");
}

function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
