/** Opens stores: their databases, or files that describe them. */
import { dirname, join } from "node:path";
import { openDatabase } from "./database.ts";
import type { PathDescription, PathLookup } from "../description/path-description.ts";
import { readDescriptions } from "../description/mod.ts";
import { hashNar } from "../formats/nar.ts";
import { dumpPath } from "./dump.ts";
import type { PathInfo } from "../formats/path-info.ts";
import { STORE_DIR } from "../formats/store-path.ts";

/**
 * A store of Nix. Paths are as programs in it see them (`/nix/store/…`), whatever root it lies
 * under.
 */
export interface NixStore extends AsyncDisposable {
  /** The name in errors: the folder, or the files that describe it. */
  readonly name: string;
  /** `/nix/store`, most often. */
  readonly storeDir: string;
  /** All its paths, in their order, if descriptions list them. */
  readonly paths?: readonly string[];
  /** Returns the real place of a path of the store, or below one. */
  realPath(path: string): string;
  /** Returns what is known of a store path; `undefined` when it is not valid here. */
  info(path: string): Promise<PathInfo | undefined>;
  /** Finds the store path with these 32 characters of hash, whatever its name. */
  find(hash: string): Promise<PathInfo | undefined>;
}

/** Options for opening a store. */
export interface StoreOptions {
  /** The folder that is `/` to the store's programs: the store is `ROOT/nix/store`. */
  readonly root?: string;
  /** `/nix/store` by default, or what the descriptions say. */
  readonly storeDir?: string;
  /**
   * Files that describe closures, which are read instead of the store's database, which a build
   * sandbox does not have; see {@link readDescriptions}.
   */
  readonly descriptions?: readonly string[];
}

/**
 * Opens a store: its database, or the files that describe it instead.
 * @throws NixociError `NOT_FOUND` when there is no database, `MALFORMED` when a database or a
 * description is malformed, `IO`.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { openStore } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * await writeFile("info.json", JSON.stringify([{ path, narSize: 56, references: [] }]));
 * await using store = await openStore({ descriptions: ["info.json"], root: "/mnt" });
 * console.log((await store.info(path))?.narSize); // 56
 * console.log(store.realPath(path) === `/mnt${path}`); // true
 * ```
 */
export async function openStore(options: StoreOptions = {}): Promise<NixStore> {
  const { root = "/", descriptions = [] } = options;
  if (descriptions.length > 0) {
    const { storeDir, paths, ...lookup } = await readDescriptions(descriptions, options.storeDir);
    return { ...createStore(descriptions.join(" and "), root, storeDir, lookup), paths };
  }
  const { storeDir = STORE_DIR } = options;
  const database = join(root, dirname(storeDir), "var/nix/db/db.sqlite");
  const lookup = await openDatabase(database, storeDir);
  return createStore(join(root, storeDir), root, storeDir, lookup);
}

function createStore(name: string, root: string, storeDir: string, lookup: PathLookup): NixStore {
  const realPath = (path: string) => root === "/" ? path : join(root, path);
  return {
    name,
    storeDir,
    realPath,
    info: (path) => completeInfo(lookup.info(path), realPath),
    find: (hash) => completeInfo(lookup.find(hash), realPath),
    [Symbol.asyncDispose]: async () => lookup.close(),
  };
}

/** Completes a description with a size: if nobody says it, the files themselves are measured. */
async function completeInfo(
  described: PathDescription | undefined,
  realPath: (path: string) => string,
): Promise<PathInfo | undefined> {
  if (described === undefined) return undefined;
  const { narSize } = described;
  if (narSize !== undefined) return { ...described, narSize };
  return { ...described, ...await hashNar(dumpPath(realPath(described.path))) };
}
