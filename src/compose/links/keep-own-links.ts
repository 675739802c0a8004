/** Lays what is made over folders that lower layers of the image copy, without hiding their links. */
import { posix } from "node:path";
import type { PlanLayer } from "../../plan/mod.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import type { LayerDraft } from "../draft.ts";
import { followPlace } from "./follow-place.ts";
import type { SpecPaths } from "../paths.ts";
import { findPlaced, rootFilesOf } from "../programs.ts";

/**
 * Returns the layers with what they make below links of copied folders in the folders that these lead
 * to. Within one layer its recipe does that by itself; nix2container's copies have layers of their own.
 */
export function keepOwnLinks(
  layers: readonly (LayerDraft | PlanLayer)[],
  paths: SpecPaths,
): (LayerDraft | PlanLayer)[] {
  const copied: string[] = [];
  return layers.map((layer) => {
    if ("digest" in layer) return layer;
    const { recipe } = layer;
    const links = recipe.made && copied.length > 0 ? findLinks(recipe.made, copied, paths) : {};
    copied.unshift(...rootFilesOf([recipe], paths).copied);
    if (Object.keys(links).length === 0) return layer;
    return { ...layer, recipe: { ...recipe, links: { ...recipe.links, ...links } } };
  });
}

/** Finds the links to folders in the places of folders, by these. */
function findLinks(
  made: readonly MadeEntry[],
  copied: readonly string[],
  paths: SpecPaths,
): Record<string, string> {
  const look = (at: string) => findPlaced(at, { made: new Map(), copied }, paths);
  const real = new Map([["/", "/"]]);
  const links: Record<string, string> = {};
  const follow = (folder: string): string => {
    const known = real.get(folder);
    if (known !== undefined) return known;
    const at = posix.join(follow(posix.dirname(folder)), posix.basename(folder));
    const end = followPlace(at, look);
    const place = end?.node === "folder" ? end.place : at;
    if (place !== at) links[at] = place;
    real.set(folder, place);
    return place;
  };
  for (const { type, path } of made) follow(type === "directory" ? path : posix.dirname(path));
  return links;
}
