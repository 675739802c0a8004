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
  return { made: [...join.entries.values()], conflicts: join.conflicts };
}

class FarmJoin {
  readonly entries: Map<string, MadeEntry>;
  readonly conflicts: FarmConflict[] = [];
  /** The folders that brought them. */
  readonly #owners = new Map<string, string>();

  constructor(there: readonly MadeEntry[]) {
    const folders = there.flatMap(({ path }) => listParents(path))
      .map((path): [string, MadeEntry] => [path, { type: "directory", path }]);
    this.entries = new Map([...folders, ...there.map((one) => [one.path, one] as const)]);
  }

  add(folder: FarmFolder, below = ""): void {
    for (const [name, type] of listFolder(folder.folder + below)) {
      const place = `${below}/${name}`;
      const there = this.entries.get(place);
      if (type !== "directory") this.#addFile(folder, place, type, there);
      else if (there !== undefined && there.type !== "directory") {
        this.#lose(folder, place, there, listLost(folder, place));
      } else {
        if (there === undefined) this.#put(folder, createFolder(folder, place));
        this.add(folder, place);
      }
    }
  }

  #addFile(
    folder: FarmFolder,
    place: string,
    type: "file" | "symlink",
    there: MadeEntry | undefined,
  ): void {
    const entry = createEntry(folder, place, type);
    if (there === undefined) this.#put(folder, entry);
    else if (!isSameLink(there, entry)) this.#lose(folder, place, there);
  }

  #put({ path }: FarmFolder, entry: MadeEntry): void {
    this.entries.set(entry.path, entry);
    this.#owners.set(entry.path, path);
  }

  #lose({ path }: FarmFolder, place: string, there: MadeEntry, lost?: readonly string[]): void {
    this.conflicts.push({
      winner: this.#owners.get(place) ?? "",
      there: there.type,
      loser: path,
      isFolder: lost !== undefined,
      lost: lost === undefined || lost.length === 0 ? [place] : lost,
    });
  }
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

/** Lists the files below a place, by their places. */
function listLost(folder: FarmFolder, below: string): string[] {
  return listFolder(folder.folder + below).flatMap(([name, type]) => {
    const place = `${below}/${name}`;
    return type === "directory" ? listLost(folder, place) : place;
  });
}
