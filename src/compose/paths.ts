/** The paths that a SPEC names, in the store and outside of it; the store is opened when it is asked. */
import { lstat, realpath } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, during, isSystemError, NixociError } from "../base/errors.ts";
import { closureOf, mentionedIn, storePathAt } from "../nix/store/closure.ts";
import type { Closure } from "../nix/formats/path-info.ts";
import { openStore, type Store } from "../nix/store/store.ts";
import { findStorePaths, STORE_DIR, storePathOf } from "../nix/formats/store-path.ts";
import type { NamedPath } from "./parts.ts";

/** Where the store is, and what describes it where it has no database. */
export interface StorePlace {
  readonly root: string;
  readonly descriptions: readonly string[];
}

/** What is known of paths. */
export interface Paths extends AsyncDisposable {
  readonly storeDir: string;
  /** Where a path of the store really lies. */
  readonly root: string;
  /** The store path that it is, or is in; `undefined` for what is in no store. */
  storePathOf(path: string): string | undefined;
  /**
   * The same path, or the store path that a link leads to (`./result`).
   * @throws NixociError `NOT_FOUND`, `IO`, with the field that names it.
   */
  located(named: NamedPath): Promise<NamedPath>;
  /**
   * The path, if it is no file and no link, for those have nothing in them to copy. What is not there
   * is for others to find.
   * @throws NixociError `USAGE`, `IO`, with the field that names it.
   */
  folder(named: NamedPath): Promise<NamedPath>;
  /** The store paths named, and all that they refer to. */
  closureOf(roots: readonly NamedPath[]): Promise<Closure>;
  /** How large a store path is, in bytes, if it is part of a closure that was asked for. */
  sizeOf(path: string): number | undefined;
  /** The store paths that a text mentions. */
  mentionedIn(text: string, at: string): Promise<NamedPath[]>;
}

/** Opens what is there; a store without descriptions waits until it is needed. */
export async function openPaths({ root, descriptions }: StorePlace): Promise<Paths> {
  let opening: Promise<Store> | undefined;
  const open = () => opening ??= openStore({ root, descriptions });
  const storeDir = descriptions.length > 0 ? (await open()).storeDir : STORE_DIR;
  const sizes = new Map<string, number>();
  const inStore = (path: string) => path.startsWith(`${storeDir}/`);
  return {
    storeDir,
    root,
    storePathOf: (path) => inStore(path) ? storePathOf(path, storeDir) : undefined,
    located: (named) =>
      within(named, async () => {
        if (named.path === storeDir) {
          throw new NixociError("USAGE", `${storeDir} is the whole store`, {
            hint: "name a store path in it",
          });
        }
        if (inStore(named.path)) {
          storePathOf(named.path, storeDir);
          return named;
        }
        if (!(await lstat(named.path)).isSymbolicLink()) return named;
        return await leadsToStore(named, await open().catch(() => undefined));
      }),
    folder: (named) =>
      within(named, async () => {
        const path = inStore(named.path) ? join(root, named.path) : named.path;
        const stat = await lstat(path).catch((error) => {
          if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
        });
        if (stat === undefined || stat.isDirectory()) return named;
        throw new NixociError("USAGE", `${named.path} is no folder`, {
          hint: "name a folder, which is copied with all that is in it",
        });
      }),
    async closureOf(roots) {
      if (roots.length === 0) return [];
      const store = await open();
      for (const root of roots) await within(root, () => closureRoot(root, store));
      const closure = await closureOf(roots.map(({ path }) => path), store);
      for (const { path, narSize } of closure) sizes.set(path, narSize);
      return closure;
    },
    sizeOf: (path) => sizes.get(path),
    async mentionedIn(text, at) {
      if (findStorePaths(text, storeDir).length === 0) return [];
      const { valid, unknown } = await mentionedIn(text, await open());
      const stray = unknown.find((path) => !isDerivation(path));
      if (stray === undefined) {
        return valid.filter((path) => !isDerivation(path)).map((path) => ({ path, at }));
      }
      throw new NixociError("NOT_FOUND", `${at}: ${stray} is not valid in the store`, {
        hint: "build or fetch it first, or describe it with the closure",
      });
    },
    async [Symbol.asyncDispose]() {
      const store = await opening?.catch(() => undefined);
      await store?.[Symbol.asyncDispose]();
    },
  };
}

/** How an image was made may be said in a label; it is not for the image to hold. */
function isDerivation(path: string): boolean {
  return path.endsWith(".drv");
}

/** What a link leads to, by its name in the store where it has one. */
async function leadsToStore(named: NamedPath, store: Store | undefined): Promise<NamedPath> {
  try {
    if (store !== undefined) return { ...named, path: await storePathAt(named.path, store) };
  } catch (error) {
    if (codeOf(error) !== "MALFORMED") throw error;
  }
  return { ...named, path: await realpath(named.path) };
}

async function closureRoot({ path }: NamedPath, store: Store): Promise<void> {
  const storePath = await storePathAt(path, store);
  if (await store.info(storePath) !== undefined) return;
  throw new NixociError("NOT_FOUND", `${storePath} is not valid in ${store.name}`, {
    hint: "build or fetch it first (nix build, nix-store --realise), or name the right --store",
  });
}

/** The work, whose failure names the field; and the path, where the system does not. */
async function within<T>({ path, at }: NamedPath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw during(error, error instanceof NixociError ? at : `${at}: ${path}`);
  }
}
