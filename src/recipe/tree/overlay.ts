/**
 * The rules of a style for files that come to lie where others do: nix2container refuses what
 * differs, dockerTools lays one path over the other as `rsync -a -k` does.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/docker/default.nix (mkPureLayer)
 */
import { posix } from "node:path";
import { STORE_DIR } from "../../nix/formats/store-path.ts";
import { NixociError } from "../../base/errors.ts";
import { quoteName } from "../../tar/name.ts";
import { readLink } from "../files.ts";
import type { LayerRecipe } from "../recipe.ts";
import { diskRootOf, type StoreRoot } from "../store-root.ts";
import { conflictError, readTreeFile, type TreeFile } from "./tree.ts";

/** The rules for what lies where another file does, or below a link. */
export interface PlantRules {
  /** Follows links of the layers below to the place where a file comes to lie. */
  follow(place: string, isFolder: boolean): string;
  /** Finds the folder that is to come in the place of a link to it. */
  folderFor?(link: TreeFile): TreeFile | undefined;
  /** Follows links of the tree itself, where these are kept. */
  readonly keepsLinks?: boolean;
  /** Lays a file over another one; left out where both must be alike. */
  overlay?(there: TreeFile, found: TreeFile): Overlay;
}

/** The file that stays at a place, and a folder whose files come there, too. */
export interface Overlay {
  readonly stays: TreeFile;
  readonly merges?: TreeFile | undefined;
}

/** Returns the rules of the recipe's style. */
export function createPlantRules(recipe: LayerRecipe, store: StoreRoot): PlantRules {
  const follow = createFollower(recipe.links ?? {});
  if (recipe.style === "nix2container") return { follow };
  const overlay: PlantRules["overlay"] = (there, found) => mergeFiles(there, found, store);
  if (recipe.folderLinks === "follow") {
    return { follow, overlay, folderFor: createFolderFinder(store) };
  }
  if (recipe.folderLinks === "keep") return { follow, overlay: replaceFile, keepsLinks: true };
  return { follow, overlay };
}

/** The most links that are followed in a layer: they may lead to each other a million times. */
const MAX_FOLDERS = 100_000;

/**
 * Returns what finds the folder of a store path's link. One in a circle has none, nor has one that
 * leads out of the store: in a build nothing is there.
 */
function createFolderFinder(store: StoreRoot): NonNullable<PlantRules["folderFor"]> {
  let count = 0;
  const { storeDir = STORE_DIR } = store;
  return (link) => {
    const { top = link.source, source, through = [] } = link;
    if (!top.startsWith(`${storeDir}/`)) return undefined;
    const folder = findFolderBehind(link, store, false);
    const links = [source, ...through];
    if (folder === undefined || links.some((one) => one.startsWith(`${folder.source}/`))) {
      return undefined;
    }
    if (++count > MAX_FOLDERS) throw tooManyError(top);
    return { ...folder, through: links };
  };
}

function tooManyError(path: string): NixociError {
  const what = `Cannot copy ${quoteName(path)}: its links lead to more than ${MAX_FOLDERS} folders`;
  return new NixociError("LIMIT", what, { hint: "keepContentsDirlinks: true keeps them as links" });
}

/** Lays a file over another one of a kind; a folder goes for nothing but a folder. */
function replaceFile(there: TreeFile, found: TreeFile): Overlay {
  if (there.stat.type === "directory" && found.stat.type !== "directory") {
    throw conflictError(
      found.source,
      `a folder is there already, from ${quoteName(there.source)}`,
    );
  }
  return { stays: found };
}

/** Returns what follows links of the layers below; they lead to folders without links on the way. */
function createFollower(links: Readonly<Record<string, string>>): PlantRules["follow"] {
  const followed = new Map(Object.entries(links));
  if (followed.size === 0) return (place) => place;
  return (place, isFolder) => {
    const parts = place.split("/").slice(1);
    let at = "";
    parts.forEach((part, i) => {
      at += `/${part}`;
      if (isFolder || i < parts.length - 1) at = followed.get(at) ?? at;
      if (at === "/") at = "";
    });
    return at === "" ? "/" : at;
  };
}

/**
 * Lays a file over another one: the later one wins, folders become one. Where one is a link to a
 * folder and the other a folder, it is a folder with the files of both.
 */
function mergeFiles(there: TreeFile, found: TreeFile, store: StoreRoot): Overlay {
  const [below, above] = [there.stat.type, found.stat.type];
  if (below === "directory" && above !== "directory") {
    const merges = above === "symlink" ? findFolderBehind(found, store) : undefined;
    if (merges !== undefined) return { stays: there, merges };
    throw conflictError(
      found.source,
      `a folder is there already, from ${quoteName(there.source)}`,
    );
  }
  if (below === "symlink" && above === "directory") {
    return { stays: found, merges: findFolderBehind(there, store) };
  }
  return { stays: found };
}

/** Linux follows no more. */
const MAX_LINKS = 40;

/**
 * Finds the folder that a link leads to, in the same path or in the store; nothing for one that leads
 * elsewhere or nowhere.
 * @param hasRoot tells that what begins with a slash and is not in the store begins at the path.
 */
function findFolderBehind(
  link: TreeFile,
  store: StoreRoot,
  hasRoot = true,
): TreeFile | undefined {
  const { top = link.source, perms } = link;
  const { storeDir = STORE_DIR } = store;
  let { source, root } = link;
  for (let count = 0; count < MAX_LINKS; count++) {
    const target = readLink(root + source);
    const isOwn = target.startsWith("/") && !target.startsWith(`${storeDir}/`);
    if (isOwn && !hasRoot) return undefined;
    source = isOwn ? posix.join(top, target) : posix.resolve(posix.dirname(source), target);
    const isInStore = source.startsWith(`${storeDir}/`);
    if (!isInStore && source !== top && !source.startsWith(`${top}/`)) return undefined;
    root = diskRootOf(source, store);
    const file = readIfThere(source.replace(/(?<=.)\/$/, ""), perms, root);
    if (file?.stat.type === "directory") return { ...file, top: isInStore ? source : top };
    if (file?.stat.type !== "symlink") return undefined;
  }
  return undefined;
}

function readIfThere(
  source: string,
  perms: TreeFile["perms"],
  root: string,
): TreeFile | undefined {
  try {
    return readTreeFile(source, perms, root);
  } catch (error) {
    if (error instanceof NixociError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}
