/** The folders of the cache that trees and runs are in, and what killed processes left in them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../base/errors.ts";
import { makeFolder } from "../../bytes/disk/folder.ts";
import { removeTree } from "../../bytes/disk/remove.ts";
import { isLeftOver, sweepFolder } from "../../bytes/disk/sweep.ts";
import { runToEnd } from "./helper.ts";
import { helperMappingOf, type IdMapping } from "./mapping.ts";
import { formatCommand } from "../place/scripts.ts";

/** The folders of the cache that are ours. */
export interface SandboxHome {
  /** Trees of base images, by key. */
  readonly trees: string;
  /** Folders in which commands run, one each. */
  readonly runs: string;
}

/** Names the folders in a cache. */
export function homeOf(cache: string): SandboxHome {
  return { trees: join(cache, "trees"), runs: join(cache, "runs") };
}

/**
 * Makes the folders, which nobody else may enter: trees have set-user-ID programs.
 * @throws NixociError `IO`, or what the system's refusal stands for.
 */
export async function makeHome(cache: string): Promise<SandboxHome> {
  const home = homeOf(cache);
  try {
    for (const folder of [home.trees, home.runs]) await makeFolder(folder, 0o700);
  } catch (error) {
    const { code, message } = wrapError(error, `Cannot make the folders of commands in ${cache}`);
    const hint = "name a folder of yours with NIXOCI_CACHE_DIR";
    throw new NixociError(code, message, { cause: error, hint });
  }
  return home;
}

/** Removes what dead processes left; what belongs to subordinate IDs, too. */
export async function sweepHome(home: SandboxHome, mapping: IdMapping): Promise<void> {
  for (const folder of [home.trees, home.runs]) {
    for (const name of listFolder(folder)) {
      if (await isLeftOver(name, join(folder, name))) await removeMapped(folder, name, mapping);
    }
  }
  await sweepFolder(home.trees);
}

/** Lists a folder that may not be there. */
function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}

/** Removes a tree whose files may belong to IDs of the mapping. @throws NixociError `IO`. */
export async function removeMapped(
  folder: string,
  name: string,
  mapping: IdMapping,
): Promise<void> {
  const own = helperMappingOf(mapping);
  if (own === undefined) {
    await removeTree(join(folder, name)).catch(() => {});
    // Deno does not remove names that are not UTF-8; and rm says best what cannot be removed.
    if (!existsSync(join(folder, name))) return;
  }
  const text = formatCommand("rm", "-rf", "--", name);
  await runToEnd({ text, folder, mapping: own });
}
