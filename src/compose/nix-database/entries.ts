/** The files of a Nix database, as a layer makes them. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { SCHEMA_VERSION } from "../../nix/database/schema.ts";
import { whiteoutOf } from "../../image/layer/whiteout.ts";
import type { LayerStyle, MadeEntry } from "../../recipe/mod.ts";
import type { BaseState } from "./base-state.ts";
import type { StatePlaces } from "./places.ts";

/** A user and a group, by their numbers. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** The database of an image, and what is known of its surroundings. */
export interface DatabaseParts {
  readonly bytes: Uint8Array;
  /** The store paths that a link keeps. */
  readonly kept: readonly string[];
  readonly places: StatePlaces;
  readonly storeDir: string;
  /** Of the base. */
  readonly state: BaseState;
  readonly style: LayerStyle;
  /** Of what the base has, too. */
  readonly owner: Owner;
  /** Of what the base does not have. */
  readonly usualOwner: Owner;
}

/**
 * Lists what the layer with the database makes. What the base has keeps its mode and its owner, unless
 * an owner is asked for.
 * @throws NixociError `UNSUPPORTED` where the base has a link in the place of a folder or a file.
 */
export function listDatabaseEntries(
  { bytes, kept, places, storeDir, state, style, owner, usualOwner }: DatabaseParts,
): MadeEntry[] {
  const attributesOf = (path: string, usual: number) => {
    const there = state.find(path);
    const own = there && { uid: there.uid, gid: there.gid };
    return { path, mode: there?.mode ?? usual, ...usualOwner, ...own, ...owner };
  };
  // Nix makes it too, where it may.
  const links = style === "nix2container" ? [`${storeDir}/.links`] : [];
  const folders = [...places.folders, ...links];
  for (const path of folders) checkType(path, "directory", state);
  for (const path of [places.database, places.schema]) checkType(path, "file", state);
  const hidden = ["-wal", "-shm"].map((end) => `${places.database}${end}`)
    .filter((path) => state.find(path) !== undefined);
  return [
    ...folders.map((path) => ({ type: "directory" as const, ...attributesOf(path, 0o755) })),
    { type: "file", content: bytes, ...attributesOf(places.database, 0o644) },
    { type: "file", content: SCHEMA_VERSION, ...attributesOf(places.schema, 0o644) },
    ...hidden.map((path) => ({ type: "file" as const, path: whiteoutOf(path), content: "" })),
    ...kept.map((target) => ({
      type: "symlink" as const,
      path: `${places.roots}/${posix.basename(target)}`,
      target,
      ...usualOwner,
      ...owner,
    })),
  ];
}

/** Proves that the base has nothing else at a place; a link would lead out of what is written. */
function checkType(path: string, wanted: "directory" | "file", state: BaseState): void {
  const { type = wanted } = state.find(path) ?? {};
  if (type === wanted) return;
  const what = `Cannot put a Nix database over the base: its ${path} is a ${type}, not a ${wanted}`;
  throw new NixociError("UNSUPPORTED", what, {
    hint: "take a base where it is one, as Nix has it",
  });
}
