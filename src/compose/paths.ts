/** The paths that a SPEC names, in the store and outside of it; the store is opened when it is asked. */
import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, isSystemError, NixociError, wrapError } from "../base/errors.ts";
import {
  findMentions,
  readClosure,
  resolveStorePath,
  type StoreMentions,
} from "../nix/store/closure.ts";
import type { Closure, PathInfo } from "../nix/formats/path-info.ts";
import { type NixStore, openStore } from "../nix/store/store.ts";
import { findStorePaths, STORE_DIR, storePathOf } from "../nix/formats/store-path.ts";
import type { NamedPath } from "./parts.ts";

/** The place of the store, and what describes it where it has no database. */
export interface StorePlace {
  readonly root: string;
  readonly descriptions: readonly string[];
}

/** Paths of a SPEC, looked up in the store and on disk. */
export interface SpecPaths extends AsyncDisposable {
  readonly storeDir: string;
  /** The folder that the paths of the store really lie below. */
  readonly root: string;
  /** Returns the store path that it is, or is in; `undefined` for what is in no store. */
  storePathOf(path: string): string | undefined;
  /**
   * Follows a link to the store path that it leads to (`./result`); any other path stays.
   * @throws NixociError `NOT_FOUND`, `IO`, with the field that names it.
   */
  locate(named: NamedPath): Promise<NamedPath>;
  /**
   * Follows a link in the store to the folder that it leads to. Refuses files, for those have nothing
   * in them to copy. What is not there is for others to find.
   * @throws NixociError `USAGE`, `IO`, with the field that names it.
   */
  checkFolder(named: NamedPath): Promise<NamedPath>;
  /** Reads the closure of store paths: they, and all that they refer to. */
  closureOf(roots: readonly NamedPath[]): Promise<Closure>;
  /** Returns what the store knows of a store path; `undefined` where it is not valid, or no store is. */
  describe(path: string): Promise<PathInfo | undefined>;
  /** Returns the size of a store path, in bytes, if it is in a closure that was asked for. */
  sizeOf(path: string): number | undefined;
  /** Finds the store paths that a text mentions. */
  findMentions(text: string, at: string): Promise<NamedPath[]>;
  /** Finds the same, whether they are valid or not; where there is no store, none is. */
  leadsTo(text: string): Promise<StoreMentions>;
}

/** Linux follows no more. */
const MAX_LINKS = 40;

/** Opens what is there; a store without descriptions waits until it is needed. */
export async function openPaths({ root, descriptions }: StorePlace): Promise<SpecPaths> {
  let opening: Promise<NixStore> | undefined;
  const open = () => opening ??= openStore({ root, descriptions });
  const storeDir = descriptions.length > 0 ? (await open()).storeDir : STORE_DIR;
  const sizes = new Map<string, number>();
  const inStore = (path: string) => path.startsWith(`${storeDir}/`);
  return {
    storeDir,
    root,
    storePathOf: (path) => inStore(path) ? storePathOf(path, storeDir) : undefined,
    locate: (named) =>
      explainField(named, async () => {
        if (named.path !== storeDir && !inStore(named.path)) return await followLink(named, open);
        checkStorePath(named.path, storeDir);
        return named;
      }),
    checkFolder: (named) =>
      explainField(named, async () => {
        const toReal = (path: string) => inStore(path) ? join(root, path) : path;
        return { ...named, path: await resolveFolder(named.path, toReal) };
      }),
    async closureOf(roots) {
      if (roots.length === 0) return [];
      const store = await open().catch((error) => {
        throw findStray(roots, { root, storeDir }) ?? error;
      });
      for (const root of roots) await explainField(root, () => checkRoot(root, store));
      const closure = await readClosure(roots.map(({ path }) => path), store);
      for (const { path, narSize } of closure) sizes.set(path, narSize);
      return closure;
    },
    async describe(path) {
      const store = await open().catch(() => undefined);
      return await store?.info(path);
    },
    sizeOf: (path) => sizes.get(path),
    async findMentions(text, at) {
      if (findStorePaths(text, storeDir).length === 0) return [];
      return await namePathsIn(text, at, await open());
    },
    async leadsTo(text) {
      const all = findStorePaths(text, storeDir).map(({ path }) => path);
      if (all.length === 0) return { valid: [], unknown: [] };
      const store = await open().catch(() => undefined);
      return store === undefined ? { valid: [], unknown: all } : await findMentions(text, store);
    },
    async [Symbol.asyncDispose]() {
      const store = await opening?.catch(() => undefined);
      await store?.[Symbol.asyncDispose]();
    },
  };
}

/** Proves that the path is in the store, and not the store itself. */
function checkStorePath(path: string, storeDir: string): void {
  if (path !== storeDir) return void storePathOf(path, storeDir);
  throw new NixociError("USAGE", `${storeDir} is the whole store`, {
    hint: "name a store path in it",
  });
}

/** Follows the link that a path outside of the store is, if it is one. */
async function followLink(named: NamedPath, open: () => Promise<NixStore>): Promise<NamedPath> {
  if (!(await lstat(named.path)).isSymbolicLink()) return named;
  return await resolveLink(named, await open().catch(() => undefined));
}

/**
 * Follows links to the folder that they lead to; what is not there stays.
 * @param toReal where a path of the store really lies.
 */
async function resolveFolder(name: string, toReal: (path: string) => string): Promise<string> {
  let path = name;
  for (let links = 0; links < MAX_LINKS; links++) {
    const real = toReal(path);
    const stat = await lstat(real).catch((error) => {
      if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
    });
    if (stat === undefined || stat.isDirectory()) return path;
    if (!stat.isSymbolicLink()) break;
    path = resolve(dirname(path), await readlink(real));
  }
  throw new NixociError("USAGE", `${name} is not a folder`, {
    hint: "name a folder, which is copied with all that is in it",
  });
}

/** Names the store paths in a text: all but derivations have to be valid. */
async function namePathsIn(text: string, at: string, store: NixStore): Promise<NamedPath[]> {
  const { valid, unknown } = await findMentions(text, store);
  const stray = unknown.find((path) => !isDerivation(path));
  if (stray === undefined) {
    return valid.filter((path) => !isDerivation(path)).map((path) => ({ path, at }));
  }
  throw new NixociError("NOT_FOUND", `${at}: ${stray} is not valid in the store`, {
    hint: "build or fetch it first, or describe it with the closure",
  });
}

/** Tells whether it is a derivation: a label may name one, and the image does not hold it for that. */
function isDerivation(path: string): boolean {
  return path.endsWith(".drv");
}

/** Resolves a link; what is in the store gets its name there. */
async function resolveLink(named: NamedPath, store: NixStore | undefined): Promise<NamedPath> {
  try {
    if (store !== undefined) return { ...named, path: await resolveStorePath(named.path, store) };
  } catch (error) {
    if (codeOf(error) !== "MALFORMED") throw error;
  }
  return { ...named, path: await realpath(named.path) };
}

/** Returns the error for a path that is in no store; `undefined` where all look as if they were. */
function findStray(
  named: readonly NamedPath[],
  { root, storeDir }: { readonly root: string; readonly storeDir: string },
): NixociError | undefined {
  const real = join(root, storeDir);
  const stray = named.find(({ path }) =>
    [storeDir, real].every((store) => !path.startsWith(`${store}/`))
  );
  return stray &&
    new NixociError("MALFORMED", `${stray.at}: ${stray.path} is not in the store ${real}`, {
      hint: "name a store path, or a link to one, such as ./result",
    });
}

async function checkRoot({ path }: NamedPath, store: NixStore): Promise<void> {
  const storePath = await resolveStorePath(path, store);
  if (await store.info(storePath) !== undefined) return;
  throw new NixociError("NOT_FOUND", `${storePath} is not valid in ${store.name}`, {
    hint: "build or fetch it first (nix build, nix-store --realise), or name the right --store",
  });
}

/** Does work whose failure names the field; and the path, where the system does not. */
async function explainField<T>({ path, at }: NamedPath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw wrapError(error, error instanceof NixociError ? at : `${at}: ${path}`);
  }
}
