/** What `nixoci layers` does, once its words are parsed. */
import { describeLayers } from "../../../compose/layers.ts";
import { readLayersAt } from "../../../compose/recorded.ts";
import { readHistory, readPerms, readRewrites } from "../../../compose/spec/rules.ts";
import { cache } from "../../../cache/cache.ts";
import { NixociError } from "../../../base/errors.ts";
import { closureOf } from "../../../nix/store/closure.ts";
import type { LayerStyle } from "../../../recipe/mod.ts";
import type { Strategy } from "../../../layering/mod.ts";
import type { Closure } from "../../../nix/formats/path-info.ts";
import { type PlanLayer, writeLayers } from "../../../plan/mod.ts";
import { openStore, type Store } from "../../../nix/store/store.ts";

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

/** The layers, and the text of their `layers.json`. */
export async function layersText(
  file: string | undefined,
  flags: LayersFlags,
  signal: AbortSignal,
): Promise<{ text: string; layers: PlanLayer[] }> {
  const { path = [], style, store: root = "/" } = flags;
  const store = await openStore({ root, ...(file !== undefined && { descriptions: [file] }) });
  try {
    const { storeDir } = store;
    const layers = await describeLayers(await closureIn(store, path), {
      style,
      strategy: flags.layering ?? (style === "nix2container" ? "popularity" : "popularity-contest"),
      maxLayers: flags["max-layers"],
      store: { root, storeDir },
      known: cache().layers,
      signal,
      ...(flags.perms && { perms: await readPerms(flags.perms) }),
      ...(flags.rewrites && { rewrites: await readRewrites(flags.rewrites) }),
      ...(flags.history && { history: await readHistory(flags.history) }),
      ...(flags.ignore && { ignore: flags.ignore }),
      ...(flags["tar-directory"] && { tarDirectory: flags["tar-directory"] }),
      parents: (await Promise.all((flags.parent ?? []).map((file) =>
        readLayersAt(file, { root, storeDir })
      ))).flat(),
    });
    return { text: writeLayers(layers), layers };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** What the paths refer to, with them; all of a description, in its order, when none is named. */
async function closureIn(store: Store, roots: readonly string[]): Promise<Closure> {
  if (roots.length > 0) return await closureOf(roots, store);
  if (store.paths === undefined) {
    throw new NixociError("USAGE", "Nothing says which layers", {
      hint: "give a file that describes a closure, or --path",
    });
  }
  return await Promise.all(store.paths.map(async (path) => (await store.info(path))!));
}
