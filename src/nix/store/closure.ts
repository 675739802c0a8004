/** Reads closures: store paths with everything that they refer to. */
import { readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import type { Closure, PathInfo } from "../formats/path-info.ts";
import type { NixStore } from "./store.ts";
import { findStorePaths, storePathOf } from "../formats/store-path.ts";

/**
 * Reads the closure of store paths: these, and all that they refer to.
 * @param roots store paths, files in them, or links that lead there (`./result`).
 * @throws NixociError `MALFORMED` when a root is not in the store, `NOT_FOUND` when it is not valid
 * there, `INCOMPLETE` when a path refers to one that is not.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { openStore, readClosure } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * await writeFile("paths.json", JSON.stringify([{ path, narSize: 56, references: [] }]));
 * await using store = await openStore({ descriptions: ["paths.json"] });
 * const closure = await readClosure([`${path}/bin/hello`], store);
 * console.log(closure.length, closure[0]?.narSize); // 1 56
 * ```
 */
export async function readClosure(roots: readonly string[], store: NixStore): Promise<Closure> {
  const found = new Map<string, PathInfo>();
  const waiting: PathInfo[] = [];
  const take = (info: PathInfo) => {
    if (found.has(info.path)) return;
    found.set(info.path, info);
    waiting.push(info);
  };
  for (const root of roots) take(await readRoot(await resolveStorePath(root, store), store));
  for (let info = waiting.pop(); info !== undefined; info = waiting.pop()) {
    for (const reference of info.references) {
      if (!found.has(reference)) take(await readReference(reference, info, store));
    }
  }
  return [...found.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

/** The most links in a row, as on Linux. */
const MAX_LINKS = 40;

/**
 * Finds the store path that a user's path means. Links are followed until one leads into the store,
 * and no further, as Nix does it: a store path that is a link itself is meant as it is.
 * @throws NixociError `MALFORMED` when it does not lead there, `NOT_FOUND`, `IO`.
 * @example
 * ```ts
 * import { symlink, writeFile } from "node:fs/promises";
 * import { openStore, resolveStorePath } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * await writeFile("store.json", JSON.stringify([{ path, narSize: 56, references: [] }]));
 * await symlink(path, "result");
 * await using store = await openStore({ descriptions: ["store.json"] });
 * console.log(await resolveStorePath("./result", store) === path); // true
 * ```
 */
export async function resolveStorePath(path: string, store: NixStore): Promise<string> {
  const { storeDir } = store;
  const real = resolve(store.realPath(storeDir));
  let at = resolve(path);
  for (let links = 0; links <= MAX_LINKS; links++) {
    if (at.startsWith(`${storeDir}/`)) return storePathOf(at, storeDir);
    if (at.startsWith(`${real}/`)) return storePathOf(storeDir + at.slice(real.length), storeDir);
    try {
      at = resolve(dirname(at), await readlink(at));
    } catch (error) {
      if (!isSystemError(error, "EINVAL")) {
        throw wrapError(error, `Cannot find ${path} in the store`);
      }
      break; // no link
    }
  }
  throw new NixociError("MALFORMED", `${path} is not in the store ${store.name}`, {
    hint: "name a store path, or a link to one, such as ./result",
  });
}

/** Store paths that a text mentions. */
export interface StoreMentions {
  /** Paths that are valid in the store, sorted. */
  readonly valid: readonly string[];
  /** Texts that look like one but are not valid in the store, sorted. */
  readonly unknown: readonly string[];
}

/**
 * Finds the store paths that a text (an image's config, a script) mentions, by their hashes.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { findMentions, openStore } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello-2.12";
 * await writeFile("known.json", JSON.stringify([{ path, narSize: 56, references: [] }]));
 * await using store = await openStore({ descriptions: ["known.json"] });
 * const { valid, unknown } = await findMentions(`exec ${path}/bin/hello`, store);
 * console.log(valid.length, unknown.length); // 1 0
 * ```
 */
export async function findMentions(text: string, store: NixStore): Promise<StoreMentions> {
  const valid = new Set<string>();
  const unknown: string[] = [];
  for (const { path, hash } of findStorePaths(text, store.storeDir)) {
    const info = await store.find(hash);
    if (info !== undefined) valid.add(info.path);
    else unknown.push(path);
  }
  return { valid: [...valid].sort(), unknown };
}

async function readRoot(path: string, store: NixStore): Promise<PathInfo> {
  const info = await store.info(path);
  if (info !== undefined) return info;
  throw new NixociError("NOT_FOUND", `${path} is not valid in ${store.name}`, {
    hint: "build or fetch it first (nix build, nix-store --realise), or name the right store",
  });
}

async function readReference(path: string, by: PathInfo, store: NixStore): Promise<PathInfo> {
  const info = await store.info(path);
  if (info !== undefined) return info;
  const missing = `${by.path} refers to ${path}, which is not in ${store.name}`;
  throw new NixociError("INCOMPLETE", `Cannot find a whole closure: ${missing}`, {
    hint: "describe the whole closure (nix path-info --recursive), or repair the store",
  });
}
