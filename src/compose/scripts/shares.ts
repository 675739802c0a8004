/** The store paths of this machine that scripts can read. */
import { existsSync, lstatSync } from "node:fs";
import type { SharedFolder } from "../../sandbox/command.ts";
import type { CustomiseContext, StoreContents } from "../customise/customisation.ts";
import type { NamedPath } from "../parts.ts";
import type { LayerScript } from "./script.ts";

/**
 * Lists what is shared: the store. Where the base has store paths that are not on this machine, these
 * stay to be seen: then only tools, the image's own paths, and those that the script names are shared,
 * each with all that it refers to.
 * @throws NixociError as asking the store does.
 */
export async function listShares(
  script: LayerScript,
  tools: readonly NamedPath[],
  { closure }: StoreContents,
  { base, baseStorePaths, paths, onNotice }: CustomiseContext,
): Promise<SharedFolder[]> {
  const root = paths.root.replace(/\/+$/, "");
  const { storeDir } = paths;
  if (!existsSync(root + storeDir)) return [];
  const all: SharedFolder[] = [{ from: root + storeDir, at: storeDir }];
  if (!script.seesBase || base === undefined) return all;
  const below = await baseStorePaths();
  if ([...below].every((path) => existsSync(root + path))) return all;
  const { valid } = await paths.leadsTo(script.text);
  const named = valid.map((path) => ({ path, at: script.field }));
  const needed = [...closure, ...await paths.closureOf([...tools, ...named])];
  const shared = new Set(needed.map(({ path }) => path).filter((path) => !below.has(path)));
  return [...shared].flatMap((path) => {
    if (lstatSync(root + path).isDirectory()) return { from: root + path, at: path };
    const message =
      `${script.field}: ${path} is not a folder, and cannot be seen beside the base's`;
    onNotice?.({ code: "LEFT_OUT", message });
    return [];
  });
}
