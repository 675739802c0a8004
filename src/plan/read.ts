/** Reads plans: nix2container's `image.json` and `layers.json`, and ours, which say more. */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import { parseJson } from "../image/json.ts";
import { layerTypeOf } from "../image/media-types.ts";
import { checkRecipe } from "../recipe/check.ts";
import { LAYER_TYPE } from "../recipe/layers.ts";
import { parseMade } from "../recipe/made/made-json.ts";
import { loadRules } from "../recipe/move.ts";
import type { LayerRecipe, RecipePath } from "../recipe/recipe.ts";
import type { History } from "../image/config/history.ts";
import type { Plan, PlanLayer } from "./plan.ts";
import type { LayerJson } from "./schema.ts";

/** A plan names every store path of an image, with rules for each: more than a manifest holds. */
const LIMITS = { maxBytes: 64 * 1024 * 1024 };

/**
 * Reads an `image.json`, nix2container's or ours.
 * @param what names it in errors.
 * @throws NixociError `MALFORMED`, naming the field; `UNSUPPORTED` for other values than layers.
 * @example
 * ```ts
 * import { build, readPlan, writePlan } from "nixoci";
 * const { plan } = await build({ copyToRoot: "rootfs" });
 * const bytes = new TextEncoder().encode(writePlan(plan));
 * const { layers } = await readPlan(bytes, "image.json");
 * console.log(layers[0]?.digest === plan.layers[0]?.digest); // true
 * ```
 */
export async function readPlan(bytes: Uint8Array, what: string): Promise<Plan> {
  const [{ planSchema }, { checkShape }] = await loadSchemas();
  const json = checkShape(planSchema, parseJson(bytes, what, LIMITS), what);
  await loadRulesOf(json.layers ?? []);
  const more = json.nixoci ?? {};
  const { created, arch } = json;
  return {
    config: {
      created: created || undefined,
      architecture: arch ?? "",
      os: "linux",
      ...more.config,
      config: json["image-config"] ?? {},
    },
    layers: (json.layers ?? []).map((layer, i) =>
      decodeLayer(layer, `${what} is malformed: layers[${i}]`, more.base !== undefined)
    ),
    history: more.history?.map(decodeHistory),
    annotations: more.annotations,
    base: more.base,
    name: more.name,
    narHashes: more.narHashes,
  };
}

/**
 * Reads a `layers.json`: layers without an image around them. Throws as {@link readPlan} does.
 * @param what names it in errors.
 * @example
 * ```ts
 * import { build, readLayers, writeLayers } from "nixoci";
 * const { plan } = await build({ copyToRoot: "rootfs" });
 * const bytes = new TextEncoder().encode(writeLayers(plan.layers));
 * console.log((await readLayers(bytes, "layers.json")).length); // 1
 * ```
 */
export async function readLayers(bytes: Uint8Array, what: string): Promise<PlanLayer[]> {
  const [{ layersSchema }, { checkShape }] = await loadSchemas();
  const json = checkShape(layersSchema, parseJson(bytes, what, LIMITS), what);
  await loadRulesOf(json);
  return json.map((layer, i) => decodeLayer(layer, `${what} is malformed: [${i}]`, false));
}

function loadRulesOf(layers: readonly LayerJson[]): Promise<void> {
  return loadRules(layers.map(({ paths }) => ({ paths: (paths ?? []).map(decodePath) })));
}

/** Loads the schemas when they are needed: zod takes its time, and writing a plan needs none. */
function loadSchemas() {
  return Promise.all([import("./schema.ts"), import("../image/documents/schemas.ts")]);
}

function decodeLayer(json: LayerJson, at: string, hasBase: boolean): PlanLayer {
  const { digest, size, diff_ids: diffId, mediatype, "layer-path": tarball, History } = json;
  const mediaType = mediatype || LAYER_TYPE;
  const type = layerTypeOf(mediaType);
  if (type === undefined) {
    throw new NixociError("UNSUPPORTED", `${at}.mediatype: ${mediaType} is not a layer's`);
  }
  const recipe = json.paths ? decodeRecipe(json, at) : undefined;
  if (!recipe && !tarball && !hasBase) {
    throw new NixociError("MALFORMED", `${at}: has neither paths nor a layer-path`, {
      hint: "nix2container writes one of them for each layer: make the plan again",
    });
  }
  const isPlain = recipe && !tarball || type.compression === "none" && isSameKind(digest, diffId);
  if (isPlain && digest !== diffId) {
    throw new NixociError("MALFORMED", `${at}: its digest and its diff_ids differ`, {
      hint: "of a plain tar they are the same: make the plan again",
    });
  }
  return {
    digest,
    size,
    diffId,
    mediaType,
    recipe,
    tarball: tarball || undefined,
    history: History ? decodeHistory(History) : undefined,
  };
}

/** Tells whether both are hashes of one kind, so that they can be compared. */
function isSameKind(one: Digest, other: Digest): boolean {
  return one.split(":")[0] === other.split(":")[0];
}

function decodeRecipe({ paths, nixoci = {} }: LayerJson, at: string): LayerRecipe {
  const { made, ...rest } = nixoci;
  const recipe: LayerRecipe = {
    style: "nix2container",
    ...rest,
    paths: paths!.map(decodePath),
    made: made?.map(parseMade),
  };
  try {
    checkRecipe(recipe);
  } catch (error) {
    if (!(error instanceof NixociError)) throw error;
    const { code, message, hint } = error;
    throw new NixociError(code, `${at}: ${message}`, hint === undefined ? {} : { hint });
  }
  return recipe;
}

function decodePath({ path, options }: NonNullable<LayerJson["paths"]>[number]): RecipePath {
  const { rewrite, perms } = options ?? {};
  return {
    path,
    ...(rewrite?.regex && { rewrite: { regex: rewrite.regex, repl: rewrite.repl ?? "" } }),
    ...(perms && perms.length > 0 && { perms }),
  };
}

function decodeHistory(entry: object): History {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}
