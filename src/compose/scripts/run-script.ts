/** Runs a script of a SPEC on the customisation layer. */
import { useResources } from "../../base/dispose.ts";
import type { Layer } from "../../image/root.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import type { LayerRecipe, MadeEntry, MadeFile } from "../../recipe/mod.ts";
import type { CustomiseContext, Script } from "../customise/customisation.ts";
import { readMadeFiles } from "./made-files.ts";
import { beginMentionSearch } from "./mentioned.ts";
import { beginRecipe, finishRecipe } from "./recipes.ts";
import { reportReplacedUsers } from "./replaced-users.ts";
import { runInShell } from "./run-in-shell.ts";
import type { LayerScript, ScriptSettings } from "./script.ts";
import type { HashSearch } from "./store-hashes.ts";
import { listShares } from "./shares.ts";
import { makeTemporaryFolder } from "./temporary-folder.ts";
import { findTools } from "./tools.ts";
import { splitWhiteouts } from "./whiteouts.ts";

/**
 * Returns what runs a script and reads what it has left. The store paths that this mentions come into
 * the image.
 */
export function createScript(script: LayerScript, settings: ScriptSettings): Script {
  return async (layer, stored, context) => {
    const { paths, onNotice } = context;
    const { files, whiteouts } = splitWhiteouts(layer.recipe.made ?? []);
    const drafted = beginRecipe({ ...layer.recipe, made: files }, script);
    const { followBaseLinks } = context;
    const begun = script.seesBase && followBaseLinks ? await followBaseLinks(drafted) : drafted;
    const tools = await findTools(script, settings, stored, paths);
    const shares = await listShares(script, settings.tools, stored, context);
    const search = beginMentionSearch(script.field, stored, paths, onNotice);
    const left = await useResources(async (hold) => {
      const scratch = hold(createScratch());
      const written = await runInShell(begun, {
        script,
        settings,
        tools,
        shares,
        scratch,
        context,
      });
      return written && await readLayer(written, begun, script, search, context);
    });
    await reportReplacedUsers(script, { before: files, after: left ?? [] }, context);
    const recipe = left === undefined ? begun : finishRecipe(begun, left, script);
    const made = [...recipe.made ?? [], ...whiteouts];
    return {
      layer: { ...layer, recipe: { ...recipe, made }, isPassing: true },
      mentioned: await search.list(),
    };
  };
}

async function readLayer(
  layer: Layer,
  { made = [] }: LayerRecipe,
  { field }: LayerScript,
  search: HashSearch,
  { hold, signal }: CustomiseContext,
): Promise<MadeEntry[]> {
  const folder = await makeTemporaryFolder();
  hold?.(folder);
  const before = new Map(
    made.flatMap((one): [string, MadeFile][] => one.type === "file" ? [[one.path, one]] : []),
  );
  return await readMadeFiles(layer, { field, folder: folder.path, search, before, signal });
}
