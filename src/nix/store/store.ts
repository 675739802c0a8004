/** A store, to be asked about its paths; wherever what it knows comes from. */
import { dirname, join } from "node:path";
import { openDatabase } from "./database.ts";
import type { PathDescription, PathLookup } from "../description/path-description.ts";
import { readDescriptions } from "../description/mod.ts";
import { narSum } from "../formats/nar.ts";
import { narOf } from "./dump.ts";
import type { PathInfo } from "../formats/path-info.ts";
import { STORE_DIR } from "../formats/store-path.ts";

/** A store. Paths are as programs in it see them (`/nix/store/…`), whatever root it lies under. */
export interface Store extends AsyncDisposable {
  /** What errors call it: the folder, or what describes it. */
  readonly name: string;
  /** `/nix/store`, most often. */
  readonly storeDir: string;
  /** All its paths, in their order, where descriptions say which these are. */
  readonly paths?: readonly string[];
  /** Where a path of the store, or one below it, really lies. */
  realPath(path: string): string;
  /** What is known of a store path; `undefined` when it is not valid here. */
  info(path: string): Promise<PathInfo | undefined>;
  /** The store path that has these 32 characters of hash, whatever its name. */
  find(hash: string): Promise<PathInfo | undefined>;
}

/** Which store, and what describes it. */
export interface StoreOptions {
  /** The folder that is `/` to the store's programs: the store is `ROOT/nix/store`. */
  readonly root?: string;
  /** `/nix/store` by default, or what the descriptions say. */
  readonly storeDir?: string;
  /**
   * Files that describe closures, to be believed instead of the store's database, which a build
   * sandbox does not have; see {@link readDescriptions}.
   */
  readonly descriptions?: readonly string[];
}

/**
 * Opens a store: its database, or what describes it instead.
 * @throws NixociError `NOT_FOUND` when there is no database, `MALFORMED` when a database or a
 * description is none, `IO`.
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
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

function createStore(name: string, root: string, storeDir: string, lookup: PathLookup): Store {
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

/** With a size: where nobody tells it, the files themselves do. */
async function completeInfo(
  described: PathDescription | undefined,
  realPath: (path: string) => string,
): Promise<PathInfo | undefined> {
  if (described === undefined) return undefined;
  const { narSize } = described;
  if (narSize !== undefined) return { ...described, narSize };
  return { ...described, ...await narSum(narOf(realPath(described.path))) };
}
