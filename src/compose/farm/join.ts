/**
 * A farm of links: folders joined into one, as symlinkJoin has lndir do it, so that their files are
 * at the root of an image while they stay where they are.
 * @see https://github.com/NixOS/nixpkgs/blob/master/pkgs/build-support/trivial-builders/default.nix
 * @see https://gitlab.freedesktop.org/xorg/util/lndir/-/blob/master/lndir.c
 */
import type { MadeEntry } from "../../recipe/mod.ts";
import { readLink, readStat } from "../../recipe/files.ts";
import { listFolder } from "./folder.ts";

/** A folder whose files come to the root. */
export interface FarmFolder {
  /** Its path, as the links' texts have it. */
  readonly path: string;
  /** Its place on disk. */
  readonly folder: string;
  /** Tells that links lead to its files; else they are copied, for they are not in the image. */
  readonly isLinked: boolean;
  /** The places in it that come to the root, with all below them; all where nothing says. */
  readonly only?: readonly string[] | undefined;
}

/** Files that are not in the farm, for something else was there first. */
export interface FarmConflict {
  /** The folder that was first, and what it has there; a helper's path is empty. */
  readonly winner: string;
  readonly there: MadeEntry["type"];
  readonly loser: string;
  /** Tells whether the loser has a folder there, all of which is left out. */
  readonly isFolder: boolean;
  /** The places of the files that are left out. */
  readonly lost: readonly string[];
}

/** The entries of a farm, each folder before what is in it, and what is not in it. */
export interface Farm {
  readonly made: readonly MadeEntry[];
  readonly conflicts: readonly FarmConflict[];
}

/**
 * Joins folders, in their order, over files that are there already. Folders become one; of two files
 * the first stays, and so does whatever lies where a folder is to come.
 * @throws NixociError `NOT_FOUND`, `IO` of what cannot be read, `UNSUPPORTED` for a device to copy.
 */
export function joinFolders(folders: readonly FarmFolder[], there: readonly MadeEntry[]): Farm {
  const join = new FarmJoin(there);
  for (const folder of folders) join.add(folder);
  return join;
}

class FarmJoin implements Farm {
  readonly made: MadeEntry[];
  readonly conflicts: FarmConflict[] = [];
  /** The index of each place in `made`, in which the folders' entries follow one another. */
  readonly #places: Map<string, number>;
  readonly #begun: { readonly path: string; readonly at: number }[] = [];

  constructor(there: readonly MadeEntry[]) {
    const folders = there.flatMap(({ path }) => listParents(path))
      .map((path): [string, MadeEntry] => [path, { type: "directory", path }]);
    const entries = new Map([...folders, ...there.map((one) => [one.path, one] as const)]);
    this.made = [...entries.values()];
    this.#places = new Map(this.made.map(({ path }, i) => [path, i]));
  }

  add(folder: FarmFolder): void {
    this.#begun.push({ path: folder.path, at: this.made.length });
    this.#addBelow(folder, "");
  }

  #addBelow(folder: FarmFolder, below: string): void {
    for (const [name, type] of listFolder(folder.folder + below)) {
      const place = `${below}/${name}`;
      const wanted = isWanted(place, folder.only);
      if (wanted === "above" && type === "directory") this.#addBelow(folder, place);
      if (wanted !== true) continue;
      const at = this.#places.get(place);
      if (type !== "directory") this.#addFile(folder, place, type, at);
      else if (at !== undefined && this.made[at]!.type !== "directory") {
        this.#lose(folder, place, at, listLost(folder, place));
      } else {
        if (at === undefined) this.#put(createFolder(folder, place));
        this.#addBelow(folder, place);
      }
    }
  }

  #addFile(
    folder: FarmFolder,
    place: string,
    type: "file" | "symlink",
    at: number | undefined,
  ): void {
    const entry = createEntry(folder, place, type);
    if (at === undefined) this.#put(entry);
    else if (!isSameLink(this.made[at]!, entry)) this.#lose(folder, place, at);
  }

  #put(entry: MadeEntry): void {
    this.#places.set(entry.path, this.made.push(entry) - 1);
  }

  #lose({ path }: FarmFolder, place: string, at: number, lost?: readonly string[]): void {
    this.conflicts.push({
      winner: this.#begun.findLast((one) => one.at <= at)?.path ?? "",
      there: this.made[at]!.type,
      loser: path,
      isFolder: lost !== undefined,
      lost: lost === undefined || lost.length === 0 ? [place] : lost,
    });
  }
}

/** Tells whether a place comes to the root, or lies above one that does. */
function isWanted(place: string, only: readonly string[] | undefined): boolean | "above" {
  if (only === undefined) return true;
  const isBelow = (folder: string) => folder === "/" || `${place}/`.startsWith(`${folder}/`);
  if (only.some(isBelow)) return true;
  return only.some((folder) => folder.startsWith(`${place}/`)) ? "above" : false;
}

/** Lists the folders that a place lies in, the highest first. */
function listParents(place: string): string[] {
  const parts = place.split("/").slice(1, -1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

function createFolder({ folder, isLinked }: FarmFolder, path: string): MadeEntry {
  return isLinked
    ? { type: "directory", path }
    : { type: "directory", path, mode: readStat(folder + path).mode };
}

/** Returns what stands for a file; a link is another one of the same text, wherever it leads. */
function createEntry(
  { path: origin, folder, isLinked }: FarmFolder,
  path: string,
  type: "file" | "symlink",
): MadeEntry {
  const source = folder + path;
  if (type === "symlink") return { type, path, target: readLink(source) };
  if (isLinked) return { type: "symlink", path, target: origin + path };
  return { type, path, content: { file: source }, mode: readStat(source).mode };
}

function isSameLink(there: MadeEntry, entry: MadeEntry): boolean {
  return there.type === "symlink" && entry.type === "symlink" &&
    dropDoubleSlashes(there.target) === dropDoubleSlashes(entry.target);
}

function dropDoubleSlashes(path: string): string {
  return path.replace(/\/{2,}/g, "/");
}

/** Lists the files below a place that were to come to the root, by their places. */
function listLost(folder: FarmFolder, below: string): string[] {
  return listFolder(folder.folder + below).flatMap(([name, type]) => {
    const place = `${below}/${name}`;
    if (type === "directory") return listLost(folder, place);
    return isWanted(place, folder.only) === true ? place : [];
  });
}
