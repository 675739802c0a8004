/** The store paths of this machine that scripts can read. */
import { existsSync, lstatSync } from "node:fs";
import type { SharedFolder } from "../../sandbox/command.ts";
import type { CustomiseContext, StoreContents } from "../customise/customisation.ts";
import type { NamedPath } from "../parts.ts";
import type { SpecPaths } from "../paths.ts";
import type { LayerScript } from "./script.ts";

/**
 * Lists what is shared: the store. Where the base has store paths that are not on this machine, these
 * stay to be seen: then only tools, the image's own paths, and those that the script names are shared,
 * each with all that it refers to. The same is what is needed where the store has to be copied.
 * @throws NixociError as asking the store does.
 */
export async function listShares(
  script: LayerScript,
  tools: readonly NamedPath[],
  stored: StoreContents,
  context: CustomiseContext,
): Promise<SharedFolder[]> {
  const { base, baseStorePaths, paths, onNotice } = context;
  const root = paths.root.replace(/\/+$/, "");
  const { storeDir } = paths;
  if (!existsSync(root + storeDir)) return [];
  const below = script.seesBase && base !== undefined ? await baseStorePaths() : new Set<string>();
  const listNeeded = () => listNeededPaths(script, tools, stored, paths, below);
  if ([...below].every((path) => existsSync(root + path))) {
    return [{ from: root + storeDir, at: storeDir, listNeeded }];
  }
  return (await listNeeded()).filter(({ from, at }) => {
    if (lstatSync(from).isDirectory()) return true;
    const message = `${script.field}: ${at} is not a folder, and cannot be seen beside the base's`;
    onNotice?.({ code: "LEFT_OUT", message });
    return false;
  });
}

/** Lists the store paths that a script needs, but for those that are in the tree already. */
async function listNeededPaths(
  { field, text }: LayerScript,
  tools: readonly NamedPath[],
  { closure }: StoreContents,
  paths: SpecPaths,
  below: ReadonlySet<string>,
): Promise<SharedFolder[]> {
  const root = paths.root.replace(/\/+$/, "");
  const { valid } = await paths.leadsTo(text);
  const named = valid.map((path) => ({ path, at: field }));
  const needed = [...closure, ...await paths.closureOf([...tools, ...named])];
  return [...new Set(needed.map(({ path }) => path))].filter((path) => !below.has(path))
    .map((path) => ({ from: root + path, at: path }));
}
