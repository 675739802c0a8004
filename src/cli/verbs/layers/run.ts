/** `nixoci layers`, once its words are parsed. */
import { useResources } from "../../../base/dispose.ts";
import { describeLayers, selectClosure } from "../../../compose/layers.ts";
import { readLayersAt } from "../../../compose/recorded.ts";
import { readHistory, readPerms, readRewrites } from "../../../compose/spec/rules.ts";
import { cache } from "../../../cache/cache.ts";
import type { LayerStyle } from "../../../recipe/mod.ts";
import type { Strategy } from "../../../layering/mod.ts";
import { type PlanLayer, writeLayers } from "../../../plan/mod.ts";
import { openStore } from "../../../nix/store/store.ts";

/** The flags of `layers` that say what to do. */
export interface LayersFlags {
  readonly path?: readonly string[] | undefined;
  readonly "max-layers": number;
  readonly style: LayerStyle;
  readonly layering?: Strategy | undefined;
  readonly perms?: string | undefined;
  readonly rewrites?: string | undefined;
  readonly history?: string | undefined;
  readonly ignore?: string | undefined;
  readonly parent?: readonly string[] | undefined;
  readonly "tar-directory"?: string | undefined;
  readonly store?: string | undefined;
}

/** Describes the layers; returns them, and the text of their `layers.json`. */
export async function writeDescription(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<{ text: string; layers: PlanLayer[] }> {
  const { path = [], style, store: root = "/", perms, rewrites, history, parent = [] } = flags;
  return await useResources(async (hold) => {
    const store = hold(await openStore({ root, descriptions: file === undefined ? [] : [file] }));
    const { storeDir } = store;
    const parents = await Promise.all(parent.map((file) => readLayersAt(file, { root, storeDir })));
    const layers = await describeLayers(await selectClosure(store, path), {
      style,
      strategy: flags.layering,
      maxLayers: flags["max-layers"],
      store: { root, storeDir },
      known: cache().layers,
      signal,
      perms: perms ? await readPerms(perms) : undefined,
      rewrites: rewrites ? await readRewrites(rewrites) : undefined,
      history: history ? await readHistory(history) : undefined,
      ignore: flags.ignore,
      tarDirectory: flags["tar-directory"],
      parents: parents.flat(),
    });
    return { text: writeLayers(layers), layers };
  });
}
