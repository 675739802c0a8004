/** The places of Nix's state in an image. */
import { posix } from "node:path";

/** The places that follow from the store's folder: `/nix/store`, and `/nix/var/nix` beside it. */
export interface StatePlaces {
  readonly database: string;
  readonly schema: string;
  /** The folder of links that keep store paths from being collected. */
  readonly roots: string;
  /** The store's folder, the state's, and those above them: parents first. */
  readonly folders: readonly string[];
}

/** Nix's settings. */
export const SETTINGS_FILE = "/etc/nix/nix.conf";

/** A line of it with a setting that Nix wants in a container, by its name. */
export const SETTING = /^\s*(build-users-group|sandbox)\s*=/;

/** The users of an image, with their homes. */
export const USERS_FILE = "/etc/passwd";

/** Returns the places for a store. */
export function statePlacesOf(storeDir: string): StatePlaces {
  const state = posix.join(posix.dirname(storeDir), "var/nix");
  const roots = `${state}/gcroots/docker`;
  const folders = [storeDir, `${state}/db`, roots].flatMap(listFoldersTo);
  return {
    database: `${state}/db/db.sqlite`,
    schema: `${state}/db/schema`,
    roots,
    folders: [...new Set(folders)],
  };
}

function listFoldersTo(folder: string): string[] {
  const parts = folder.split("/").slice(1);
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}
