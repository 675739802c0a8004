/** The programs of an image: where its own files have one of a name. */
import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { posix } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { PlanLayer } from "../plan/mod.ts";
import { diskPathOf } from "../recipe/files.ts";
import type { LayerRecipe, RecipePath } from "../recipe/mod.ts";
import { diskRootOf } from "../recipe/store-root.ts";
import type { ImageDraft, LayerDraft } from "./draft.ts";
import { followPlace, type PlacedLink } from "./links/follow-place.ts";
import type { SpecPaths } from "./paths.ts";

/** The folders that engines search in images without `PATH`, the plainest first. */
export const USUAL_PATH = [
  "/bin",
  "/sbin",
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
];

/** An image's files, as far as a command is looked up in them. */
export interface SearchedFiles {
  /** Store paths that the SPEC, or a file that describes layers, names. */
  readonly named: readonly string[];
  /** Folders that are copied to the root, by their paths on disk. */
  readonly copied: readonly string[];
  /** The files and links that layers make, by their places in the image. */
  readonly made: ReadonlyMap<string, PlacedNode>;
  /** Tells whether there are others: a base's, or those of a tar. */
  readonly hasOthers: boolean;
}

/** Lists the files that a program is looked up in. */
export async function listSearched(
  image: ImageDraft,
  layers: readonly (LayerDraft | PlanLayer)[],
  hasBase: boolean,
  paths: SpecPaths,
): Promise<SearchedFiles> {
  const parts = [...image.explicit, image.own].flatMap((one) => "path" in one ? [] : one.deps);
  const located = await Promise.all(parts.map((one) => paths.locate(one)));
  const recorded = layers.flatMap((layer) => "digest" in layer ? layer.recipe?.paths ?? [] : []);
  const recipes = layers.flatMap(({ recipe }) => recipe ?? []);
  return {
    named: [
      ...located.map(({ path }) => path),
      ...recorded.flatMap(({ path, rewrite }) => rewrite?.regex ? [] : path),
    ],
    ...rootFilesOf(recipes, paths),
    hasOthers: hasBase || recipes.length < layers.length ||
      listMoved(recipes).some(({ rewrite }) => rewrite!.repl !== ""),
  };
}

/**
 * Returns what recipes have at the root of an image.
 * @param others folders that other layers copy there, by their paths on disk.
 */
export function rootFilesOf(
  recipes: readonly LayerRecipe[],
  paths: SpecPaths,
  others: readonly string[] = [],
): Pick<SearchedFiles, "copied" | "made"> {
  const own = listMoved(recipes).filter(({ rewrite }) => rewrite!.repl === "")
    .map(({ path }) => diskRootOf(path, paths) + path);
  const copied = [...new Set([...own, ...others])];
  const made = recipes.flatMap(madeNodesOf);
  if (copied.length === 0) return { copied, made: new Map(made) };
  // What is made below a link to a folder comes into that folder.
  const folders = new Map<string, string>();
  const realOf = (place: string) => {
    const folder = posix.dirname(place);
    const real = folders.get(folder) ?? followCopied(folder, copied, paths);
    folders.set(folder, real);
    return posix.join(real, posix.basename(place));
  };
  return { copied, made: new Map(made.map(([place, node]) => [realOf(place), node])) };
}

/** Follows the links of copied folders on the way to a folder. */
function followCopied(folder: string, copied: readonly string[], paths: SpecPaths): string {
  const end = followPlace(folder, (at) => findPlaced(at, { made: new Map(), copied }, paths));
  return end?.node === "folder" ? end.place : folder;
}

function listMoved(recipes: readonly LayerRecipe[]): RecipePath[] {
  return recipes.flatMap((recipe) => recipe.paths).filter(({ rewrite }) => rewrite?.regex);
}

function madeNodesOf({ made = [] }: LayerRecipe): [place: string, node: PlacedNode][] {
  return made.flatMap((entry): [string, PlacedNode][] => {
    if (entry.type === "directory") return [];
    if (entry.type === "symlink") return [[entry.path, { target: entry.target }]];
    const isProgram = entry.type === "hardlink" || ((entry.mode ?? 0o644) & 0o111) !== 0;
    return [[entry.path, isProgram ? "program" : "file"]];
  });
}

/** Lists the folders that may have a program, first what counts first. */
export function programFoldersOf({ named, copied, made }: SearchedFiles): string[] {
  const root = copied.length + made.size === 0 ? [] : USUAL_PATH;
  return [...named.map((path) => `${path}/bin`), ...root];
}

/**
 * Tells whether the image's own files have a program at the place. A link has to lead to one: in the
 * image, or where nobody can say, for there are files that are not its own.
 */
export function hasProgram(place: string, searched: SearchedFiles, paths: SpecPaths): boolean {
  const end = followPlace<Exclude<PlacedNode, "folder" | PlacedLink>>(
    place,
    (at) => findPlaced(at, searched, paths),
  );
  if (end === undefined) return false;
  return end.node === "program" || end.node === undefined && end.links > 0 && searched.hasOthers;
}

/** The thing that lies at a place itself; a link is its target. */
export type PlacedNode = "program" | "file" | "folder" | PlacedLink;

/** Finds the thing that lies at a place itself. */
export function findPlaced(
  place: string,
  { made, copied }: Pick<SearchedFiles, "made" | "copied">,
  paths: SpecPaths,
): PlacedNode | undefined {
  const own = made.get(place);
  if (own !== undefined) return own;
  const isInStore = place.startsWith(`${paths.storeDir}/`);
  const sources = isInStore ? [diskRootOf(place, paths)] : copied;
  for (const source of sources) {
    const path = source + place;
    const stat = readStat(path);
    if (stat?.isSymbolicLink()) return { target: readlinkSync(diskPathOf(path), "utf8") };
    if (stat?.isDirectory()) return "folder";
    if (stat !== undefined) return stat.isFile() && (stat.mode & 0o111) !== 0 ? "program" : "file";
  }
  const below = [paths.storeDir, ...made.keys()];
  return below.some((one) => one === place || one.startsWith(`${place}/`)) ? "folder" : undefined;
}

/** Tells whether the image's own files have a folder at the place, or a link to one. */
export function hasFolder(place: string, searched: SearchedFiles, paths: SpecPaths): boolean {
  return hasFile(place, searched, paths, (stat) => stat.isDirectory() || stat.isSymbolicLink()) ||
    [...searched.made.keys()].some((file) => file.startsWith(`${place}/`));
}

function hasFile(
  place: string,
  { copied }: SearchedFiles,
  paths: SpecPaths,
  is: (stat: Stats) => boolean,
): boolean {
  const isThere = (path: string) => {
    const stat = readStat(path);
    return stat !== undefined && is(stat);
  };
  if (place.startsWith(`${paths.storeDir}/`)) return isThere(diskRootOf(place, paths) + place);
  return copied.some((source) => isThere(source + place));
}

function readStat(path: string): Stats | undefined {
  try {
    return lstatSync(diskPathOf(path));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}
