/** The work of `nixoci layers`. */
import { useResources } from "../../../base/dispose.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { describeLayers, selectClosure } from "../../../compose/layers/layers.ts";
import { readLayersAt } from "../../../compose/recorded.ts";
import { readHistory, readPerms, readRewrites } from "../../../compose/spec/rules.ts";
import { createCache } from "../../../cache/cache.ts";
import { type PlanLayer, writeLayers } from "../../../plan/mod.ts";
import { openStore } from "../../../nix/store/store.ts";
import type { LayersFlags } from "./flags.ts";

/** Describes the layers, and writes the text of their `layers.json` to `--output`. */
export async function makeLayers(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<{ text: string; layers: PlanLayer[] }> {
  const layers = await describeAll(file, flags, signal);
  const text = writeLayers(layers);
  if (flags.output !== undefined) await writeAtomicFile(flags.output, text, { follow: true });
  return { text, layers };
}

async function describeAll(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<PlanLayer[]> {
  const { path = [], style, store: root = "/", perms, rewrites, history, parent = [] } = flags;
  return await useResources(async (hold) => {
    const store = hold(await openStore({ root, descriptions: file === undefined ? [] : [file] }));
    const { storeDir } = store;
    const parents = await Promise.all(parent.map((file) => readLayersAt(file, { root, storeDir })));
    return await describeLayers(await selectClosure(store, path), {
      style,
      strategy: flags.layering,
      maxLayers: flags["max-layers"],
      store: { root, storeDir },
      known: createCache().layers,
      signal,
      perms: perms ? await readPerms(perms) : undefined,
      rewrites: rewrites ? await readRewrites(rewrites) : undefined,
      history: history ? await readHistory(history) : undefined,
      ignore: flags.ignore,
      tarDirectory: flags["tar-directory"],
      parents: parents.flat(),
    });
  });
}
