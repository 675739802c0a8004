/** `layers`: explicit layers, whose paths the others leave out. */
import { resolve } from "node:path";
import type * as z from "zod/mini";
import { loadGoRegExps } from "../../go/regexp/regexp.ts";
import type { LayerStyle } from "../../recipe/mod.ts";
import type { LayerSpec } from "../spec/type.ts";
import {
  makeAbsolute,
  type NamedPath,
  namePaths,
  type PartPlace,
  type SpecPart,
} from "../parts.ts";
import { definePaths, hasPerms, readPaths } from "./store/paths.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextsFlag } from "./flag.ts";
import { defineMetadata, MADE_BY, readMetadata } from "./metadata.ts";

/** Defines an explicit layer, or the file that describes some. */
function defineLayer(is: Kinds) {
  const layer = is.object({
    ...definePaths(is),
    ignore: is.field(is.filled, "A store path to leave out"),
    metadata: is.field(defineMetadata(is), "The layer's entry in the image's history"),
    get layers(): z.ZodMiniOptional<z.ZodMiniType<(string | LayerSpec)[] | null>> {
      return is.field(
        is.list(explicit, "must be a list of layers"),
        "Layers below this one, whose paths it leaves out",
      );
    },
  }, "must be an object that describes a layer, or a file that nixoci layers wrote");
  const file = is.needed(
    is.filled,
    "A file that describes layers, written by nixoci layers or nix2container's buildLayer",
  );
  const explicit = is.either(file, layer);
  return explicit;
}

export const layers = defineFeature((is: Kinds) => ({
  layers: is.field(
    is.list(defineLayer(is), "must be a list of layers"),
    "Explicit layers, whose paths the others leave out",
  ),
}), {
  flags: {
    layer: defineTextsFlag(
      {
        summary:
          "Layers that this file describes: what nixoci layers wrote, or nix2container's buildLayer",
        helpValue: "file",
      },
      (files, { layers }) => ({ layers: [...layers ?? [], ...files.map((file) => resolve(file))] }),
      "files",
    ),
  },
  add: async ({ layers }, { style }, { folder }) => {
    if ((layers ?? []).some(hasPermsWithin)) await loadGoRegExps();
    return {
      explicit: (layers ?? []).flatMap((one, i) =>
        readLayer(one, { at: `layers[${i}]`, folder }, style)
      ),
    };
  },
});

function hasPermsWithin(layer: LayerSpec | string): boolean {
  if (typeof layer === "string") return false;
  return hasPerms(layer) || (layer.layers ?? []).some(hasPermsWithin);
}

/**
 * Reads an explicit layer with those below it, which come first; of layers that a file describes, the
 * file. Throws as {@link readPaths} does.
 */
function readLayer(
  layer: LayerSpec | string,
  place: PartPlace,
  style: LayerStyle,
): (SpecPart | NamedPath)[] {
  const { at } = place;
  if (typeof layer === "string") return [{ path: makeAbsolute(layer, place), at }];
  const { ignore, metadata, layers } = layer;
  const below = (layers ?? []).flatMap((one, i) =>
    readLayer(one, { ...place, at: `${at}.layers[${i}]` }, style)
  );
  return [...below, {
    at,
    ...readPaths(layer, place, 1),
    contents: [],
    ignore: namePaths(ignore, place, "ignore")[0],
    history: metadata ? readMetadata(metadata) : MADE_BY[style],
  }];
}
