/** The parts of a SPEC that describe layers of paths: the image itself, and explicit layers. */
import { isAbsolute, resolve } from "node:path";
import { NixociError } from "../base/errors.ts";
import type { History } from "../plan/mod.ts";
import type { MadeEntry, Perm } from "../recipe/mod.ts";

/** A path of a SPEC, absolute, and the field that names it. */
export interface NamedPath {
  readonly path: string;
  readonly at: string;
}

/** A folder whose files have links at the root. */
export interface LinkedPath extends NamedPath {
  /** The folders in it that are linked, as `/bin`; all of them where nothing says. */
  readonly only?: readonly string[];
}

/** Files that are made here, and the field that asks for them. */
export interface NamedFiles {
  readonly at: string;
  /** Tells that the base is asked what it has. */
  readonly asksBase?: boolean;
  /** Makes them. @param isThere tells whether the base has a place, of its highest two levels. */
  make(isThere: (place: string) => boolean): readonly MadeEntry[];
}

/** A rule of `perms` and the path whose files it is about. */
export interface NamedPerm extends NamedPath {
  readonly perm: Perm;
}

/** The paths that layers are made of, and their number. */
export interface PartContents {
  readonly deps: readonly NamedPath[];
  readonly copyToRoot: readonly NamedPath[];
  readonly perms: readonly NamedPerm[];
  readonly maxLayers: number;
}

/** Some of the image's layers: those that one part of the SPEC describes. */
export interface SpecPart extends PartContents {
  /** The field that describes it: `layers[0]`; empty for the image itself. */
  readonly at: string;
  /** Folders whose files have links at the root, in the customisation layer. */
  readonly contents: readonly LinkedPath[];
  readonly ignore: NamedPath | undefined;
  readonly history: History | undefined;
}

/** The place of a part in a SPEC, and the folder that its relative paths are below. */
export interface PartPlace {
  readonly at: string;
  readonly folder: string;
}

/** Returns the name of a field, for messages: `layers[0].deps`. */
export function nameField({ at }: PartPlace, name: string): string {
  return at === "" ? name : `${at}.${name}`;
}

/** Names the paths of a field: one, a list of them, or none. */
export function namePaths(
  paths: string | readonly string[] | null | undefined,
  place: PartPlace,
  name: string,
): NamedPath[] {
  const field = nameField(place, name);
  if (typeof paths === "string") return [{ path: makeAbsolute(paths, place), at: field }];
  return (paths ?? []).map((path, i) => ({
    path: makeAbsolute(path, place),
    at: `${field}[${i}]`,
  }));
}

/** Returns a path below the folder of the place. @throws NixociError `USAGE` for one with NUL in it. */
export function makeAbsolute(path: string, { folder }: PartPlace): string {
  if (path.includes("\0")) throw new NixociError("USAGE", "a path has a NUL character in it");
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}
