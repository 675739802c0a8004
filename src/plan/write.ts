/** Writes plans so that nix2container reads them, with what it has no place for beside that. */
import { formatMade } from "../recipe/made/made-json.ts";
import type { LayerRecipe, RecipePath } from "../recipe/recipe.ts";
import type { Plan, PlanLayer } from "./plan.ts";

/**
 * Writes the text of an `image.json`. What nix2container does not know stands under the key `nixoci`, or is
 * a key of `image-config` that it passes over.
 * @example
 * ```ts
 * import { build, writePlan } from "nixoci";
 * const { plan } = await build({ copyToRoot: "rootfs", architecture: "arm64" });
 * console.log(JSON.parse(writePlan(plan)).arch); // arm64
 * ```
 */
export function writePlan(plan: Plan): string {
  const { created, architecture, config = {}, ...others } = plan.config;
  const { os, ...rest } = others;
  const more = {
    config: dropEmpty({ ...(os !== "linux" && { os }), ...rest }),
    history: plan.history,
    annotations: dropEmpty(plan.annotations ?? {}),
    base: plan.base,
    name: plan.name,
    narHashes: dropEmpty(plan.narHashes ?? {}),
  };
  return formatIndented({
    version: 1,
    "image-config": config,
    layers: plan.layers.map(encodeLayer),
    arch: architecture,
    created,
    nixoci: dropEmpty(more),
  });
}

/**
 * Writes the text of a `layers.json`.
 * @example
 * ```ts
 * import { build, writeLayers } from "nixoci";
 * const { plan } = await build({ copyToRoot: "rootfs" });
 * console.log(JSON.parse(writeLayers(plan.layers)).length); // 1
 * ```
 */
export function writeLayers(layers: readonly PlanLayer[]): string {
  return formatIndented(layers.map(encodeLayer));
}

function formatIndented(value: unknown): string {
  return `${JSON.stringify(value, null, "\t")}\n`;
}

function encodeLayer(layer: PlanLayer): object {
  const { digest, size, diffId, mediaType, recipe, tarball, history } = layer;
  return {
    digest,
    size,
    diff_ids: diffId,
    paths: recipe?.paths.map(encodePath),
    mediatype: mediaType,
    "layer-path": tarball,
    History: history ?? {},
    nixoci: recipe && encodeStyle(recipe),
  };
}

/** Encodes a path with all fields of its rules, for Go writes them all. */
function encodePath({ path, rewrite, perms }: RecipePath): object {
  if (rewrite === undefined && perms === undefined) return { path };
  const rules = perms?.map(({ regex, mode = "", uid = 0, gid = 0, uname = "", gname = "" }) => ({
    regex,
    mode,
    uid,
    gid,
    uname,
    gname,
  }));
  return { path, options: { rewrite: rewrite ?? { regex: "", repl: "" }, perms: rules } };
}

/** Encodes what makes the layer other than nix2container would; nothing where it makes the same. */
function encodeStyle({ paths: _paths, style, made, ...owner }: LayerRecipe): object | undefined {
  return dropEmpty({
    style: style === "nix2container" ? undefined : style,
    ...owner,
    made: made?.map(formatMade),
  });
}

function dropEmpty<T extends object>(object: T): T | undefined {
  return Object.values(object).some((value) => value !== undefined) ? object : undefined;
}
