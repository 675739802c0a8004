/**
 * `deps`, `copyToRoot`, `perms` and `maxLayers`: the paths that layers are made of. The image has
 * these fields, and each explicit layer.
 */
import { resolve } from "node:path";
import { loadGoRegExps } from "../../../go/regexp/regexp.ts";
import type { LayerStyle } from "../../../recipe/mod.ts";
import { nameField, namePaths, type PartContents, type PartPlace } from "../../parts.ts";
import type { Spec } from "../../spec/type.ts";
import { defineFeature, type Kinds } from "../feature.ts";
import { defineNumberFlag, defineTextsFlag } from "../flag.ts";
import { MADE_BY } from "../metadata.ts";
import { definePerm, readPerm } from "./perm.ts";

/** Defines the fields, of the image and of explicit layers. */
export function definePaths(is: Kinds) {
  return {
    deps: is.field(is.paths, "Store paths to include, with all that they refer to"),
    copyToRoot: is.field(
      is.paths,
      "Store paths or directories whose files are copied to the image's root",
    ),
    perms: is.field(is.list(definePerm(is), "must be a list"), "Modes and owners of files"),
    maxLayers: is.field(
      is.whole(1),
      "How many layers at most: by default 100 (dockertools) or 1 (nix2container and explicit layers)",
    ),
  };
}

/** The values of these fields. */
export type ContentsSpec = Pick<Spec, "deps" | "copyToRoot" | "perms" | "maxLayers">;

/** Tells whether some files have rules, which need Go's regular expressions. */
export function hasPerms({ perms }: ContentsSpec): boolean {
  return (perms ?? []).length > 0;
}

/** Reads the fields. Throws as {@link readPerm} does. */
export function readPaths(
  { deps, copyToRoot, perms, maxLayers }: ContentsSpec,
  place: PartPlace,
  mostLayers: number,
): PartContents {
  const permsAt = nameField(place, "perms");
  return {
    deps: namePaths(deps, place, "deps"),
    copyToRoot: namePaths(copyToRoot, place, "copyToRoot"),
    perms: (perms ?? []).map((perm, i) => readPerm(perm, { ...place, at: `${permsAt}[${i}]` })),
    maxLayers: maxLayers ?? mostLayers,
  };
}

const MOST_LAYERS: Readonly<Record<LayerStyle, number>> = { dockertools: 100, nix2container: 1 };

export const paths = defineFeature(definePaths, {
  flags: {
    path: defineTextsFlag({
      summary: "Include this store path, and all that it refers to",
      helpValue: "/nix/store/…",
      aliases: ["deps"],
    }, (paths, { deps }) => ({ deps: addPaths(deps, paths) })),
    "copy-to-root": defineTextsFlag({
      summary: "Copy the files of this store path or folder to the image's root",
      helpValue: "path",
    }, (paths, { copyToRoot }) => ({ copyToRoot: addPaths(copyToRoot, paths) })),
    "max-layers": defineNumberFlag(
      { summary: "How many layers at most", helpValue: "n" },
      (maxLayers) => ({ maxLayers }),
    ),
  },
  add: async (asked, { style }, { folder }) => {
    if (hasPerms(asked)) await loadGoRegExps();
    return {
      own: {
        at: "",
        ...readPaths(asked, { at: "", folder }, MOST_LAYERS[style]),
        contents: [],
        ignore: undefined,
        history: MADE_BY[style],
      },
    };
  },
});

/** Adds what a flag names, which lies below the working directory whatever folder the SPEC is in. */
export function addPaths(
  there: string | readonly string[] | null | undefined,
  paths: readonly string[],
): string[] {
  return [...[there ?? []].flat(), ...paths.map((path) => resolve(path))];
}
