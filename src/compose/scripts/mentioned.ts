/** The store paths that what a script has made mentions. */
import { existsSync } from "node:fs";
import type { OnNotice } from "../../base/notices.ts";
import { readNames } from "../../recipe/files.ts";
import type { StoreContents } from "../customise/customisation.ts";
import type { NamedPath } from "../parts.ts";
import type { SpecPaths } from "../paths.ts";
import { beginHashSearch, type HashSearch } from "./store-hashes.ts";

/** A search for store paths. */
export interface MentionSearch extends HashSearch {
  /** Returns those that were found, are valid, and are not in the image yet. */
  list(): Promise<NamedPath[]>;
}

/** Begins a search for the paths of the store that are there. */
export function beginMentionSearch(
  field: string,
  { closure }: StoreContents,
  paths: SpecPaths,
  onNotice: OnNotice | undefined,
): MentionSearch {
  const names = listStore(paths);
  const search = beginHashSearch(new Set(names.keys()));
  return {
    ...search,
    async list() {
      const there = new Set(closure.map(({ path }) => path));
      const found = [...search.found].map((hash) => `${paths.storeDir}/${names.get(hash)!}`)
        .filter((path) => !there.has(path) && !path.endsWith(".drv")).sort();
      const { valid, unknown } = await paths.leadsTo(found.join("\n"));
      for (const path of unknown) {
        const message =
          `${field}: ${path} is mentioned, is not valid in the store, and is left out`;
        onNotice?.({ code: "LEFT_OUT", message });
      }
      return valid.filter((path) => !there.has(path)).map((path) => ({ path, at: field }));
    },
  };
}

/** Lists the store: names by their hashes. */
function listStore({ root, storeDir }: SpecPaths): Map<string, string> {
  const folder = root.replace(/\/+$/, "") + storeDir;
  const names = new Map<string, string>();
  if (!existsSync(folder)) return names;
  for (const name of readNames(folder)) {
    const hash = /^([0-9a-df-np-sv-z]{32})-[^.]/.exec(name)?.[1];
    if (hash !== undefined && !name.endsWith(".lock")) names.set(hash, name);
  }
  return names;
}
