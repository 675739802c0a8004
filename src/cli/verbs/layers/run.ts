/** The work of `nixoci layers`. */
import { useResources } from "../../../base/dispose.ts";
import { given } from "../../../base/given.ts";
import { writeFileAtomic } from "../../../bytes/disk/atomic.ts";
import { describeLayers } from "../../../compose/layers.ts";
import { readLayersAt } from "../../../compose/recorded.ts";
import { readHistory, readPerms, readRewrites } from "../../../compose/spec/rules.ts";
import { cache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import { closureOf } from "../../../nix/store/closure.ts";
import type { Closure } from "../../../nix/formats/path-info.ts";
import { type PlanLayer, writeLayers } from "../../../plan/mod.ts";
import { openStore, type Store } from "../../../nix/store/store.ts";
import type { LayersFlags } from "./flags.ts";

/** Describes the layers, and writes the text of their `layers.json` to `--output`. */
export async function makeLayers(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<{ text: string; layers: PlanLayer[] }> {
  const layers = await describeAll(file, flags, signal);
  const text = writeLayers(layers);
  if (flags.output !== undefined) await writeFileAtomic(flags.output, text, { follow: true });
  return { text, layers };
}

async function describeAll(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<PlanLayer[]> {
  const { path = [], style, store: root = "/", perms, rewrites, history } = flags;
  return await useResources(async (hold) => {
    const descriptions = file === undefined ? undefined : [file];
    const store = hold(await openStore({ root, ...given({ descriptions }) }));
    const { storeDir } = store;
    const parents = (flags.parent ?? []).map((file) => readLayersAt(file, { root, storeDir }));
    return await describeLayers(await closureIn(store, path), {
      style,
      strategy: flags.layering ?? (style === "nix2container" ? "popularity" : "popularity-contest"),
      maxLayers: flags["max-layers"],
      store: { root, storeDir },
      known: cache().layers,
      signal,
      ...given({
        perms: perms === undefined ? undefined : await readPerms(perms),
        rewrites: rewrites === undefined ? undefined : await readRewrites(rewrites),
        history: history === undefined ? undefined : await readHistory(history),
        ignore: flags.ignore,
        tarDirectory: flags["tar-directory"],
      }),
      parents: (await Promise.all(parents)).flat(),
    });
  });
}

/** Finds what the paths refer to, with them; all of a description, in its order, when none is named. */
async function closureIn(store: Store, roots: readonly string[]): Promise<Closure> {
  if (roots.length > 0) return await closureOf(roots, store);
  if (store.paths === undefined) {
    throw new NixociError("USAGE", "Nothing says which layers", {
      hint: "give a file that describes a closure, or --path",
    });
  }
  return await Promise.all(store.paths.map(async (path) => (await store.info(path))!));
}
