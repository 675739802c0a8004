/** Runs the text of a script in the first shell that is there. */
import { posix } from "node:path";
import { NixociError } from "../../base/errors.ts";
import type { Layer } from "../../image/root.ts";
import type { Scratch } from "../../image/disk/scratch.ts";
import { listLayerMembers } from "../../recipe/members.ts";
import { createLayer, type LayerRecipe, type StoreRoot } from "../../recipe/mod.ts";
import { type SandboxCommand, SCRIPT_PATH, type SharedFolder } from "../../sandbox/command.ts";
import type { CustomiseContext } from "../customise/customisation.ts";
import type { SpecPaths } from "../paths.ts";
import { explainScriptFailure } from "./failure.ts";
import { watchOutput } from "./output.ts";
import {
  environmentOf,
  folderOf,
  type LayerScript,
  roomsOf,
  type ScriptSettings,
  SOURCE_DATE_EPOCH,
} from "./script.ts";
import { createNoShellError, type ScriptTools } from "./tools.ts";

/** A script, and what it runs with. */
export interface ScriptRun {
  readonly script: LayerScript;
  readonly settings: ScriptSettings;
  readonly tools: ScriptTools;
  readonly shares: readonly SharedFolder[];
  /** Holds what the layer is made of that comes out. */
  readonly scratch: Scratch;
  readonly context: CustomiseContext;
}

/**
 * Runs a script on the files of a recipe.
 * @returns the layer that they are now; nothing where nothing was, and nothing is.
 * @throws NixociError as `runOnLayers` does, with the field and the line; `USAGE` without a shell.
 */
export async function runInShell(
  recipe: LayerRecipe,
  { script, settings, tools, shares, scratch, context }: ScriptRun,
): Promise<Layer | undefined> {
  // The sandbox is heavy, and most images have no scripts.
  const { runOnLayers } = await import("../../sandbox/mod.ts");
  const { base, paths, onNotice, signal } = context;
  const store = { root: paths.root, storeDir: paths.storeDir };
  const isEmpty = recipe.paths.length + (recipe.made ?? []).length === 0;
  const begun = isEmpty ? [] : [await createLayer(recipe, { store, signal })];
  const layers = script.seesBase ? base?.layers ?? [] : [];
  for (const shell of tools.shells) {
    const output = watchOutput(script.field, onNotice);
    const { add: onOutput } = output;
    const options = { scratch, begun, mtime: SOURCE_DATE_EPOCH, onOutput, onNotice };
    try {
      const command = commandOf(shell, script, settings, tools, shares, paths);
      return (await runOnLayers(layers, command, { ...options, ...(signal && { signal }) })).layer;
    } catch (error) {
      if (isAbout(shell, error)) continue;
      throw explainScriptFailure(error, script, output, () => listStoreLinks(recipe, store));
    } finally {
      output.end();
    }
  }
  throw createNoShellError(script);
}

function commandOf(
  shell: string,
  script: LayerScript,
  { network, limits }: ScriptSettings,
  { path }: ScriptTools,
  shares: readonly SharedFolder[],
  { storeDir }: SpecPaths,
): SandboxCommand {
  const at = folderOf(script);
  return {
    argv: [shell, "-e", SCRIPT_PATH],
    env: environmentOf(script, { path, storeDir }),
    folder: at,
    script: preludeOf(shell, script) + script.text,
    at,
    shares,
    rooms: roomsOf(script),
    network,
    limits,
  };
}

/**
 * Returns what stands before the script on its first line, so that its lines keep their numbers: bash
 * tells the line that fails; and where dockerTools makes `/tmp`, it is made, with the mode that
 * everybody can use.
 */
function preludeOf(shell: string, { seesBase }: LayerScript): string {
  const trap = posix.basename(shell) === "bash"
    ? `set -E; trap 'echo "${SCRIPT_PATH}: line $LINENO: exit status $?" >&2' ERR; `
    : "";
  const tmp = seesBase ? "[ -e /tmp ] || [ -L /tmp ] || mkdir -m 1777 /tmp 2>&- || :; " : "";
  return tmp + trap;
}

/** Tells whether the error says that the shell is not there. */
function isAbout(shell: string, error: unknown): boolean {
  return error instanceof NixociError && error.code === "NOT_FOUND" &&
    new RegExp(`(?<![\\w/.-])${shell.replaceAll(".", "\\.")}(?![\\w/.-])`).test(error.message);
}

/** Lists the links of a recipe that lead into the store, by their places. */
function listStoreLinks(recipe: LayerRecipe, store: Required<StoreRoot>): Map<string, string> {
  const links = new Map<string, string>();
  for (const { member: { name, type, linkname } } of listLayerMembers(recipe, store)) {
    if (type === "symlink" && linkname.startsWith(`${store.storeDir}/`)) links.set(name, linkname);
  }
  return links;
}
