/** Makes an image of a plan; its layers are made when they are opened. */
import { openFile, readFile } from "../bytes/disk/file.ts";
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError, wrapError } from "../base/errors.ts";
import { createImage } from "../image/documents/assemble.ts";
import { content, contentOf } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { escapeGoJson } from "../go/json.ts";
import { layerMediaTypeOf, layerTypeOf, MEDIA_TYPES } from "../image/media-types.ts";
import type { Image, Layer } from "../image/root.ts";
import { layerOf, type NamedLayerOptions } from "../recipe/layers.ts";
import type { Plan, PlanLayer } from "./plan.ts";

/** Options for the image of a plan: where its layers are from. */
export interface PlanOptions extends NamedLayerOptions {
  /** The image that the plan is based on; asked for once, when a layer of it is wanted. */
  readonly base?: (() => Promise<Image>) | undefined;
  /** The layers of that image, where it is open already: they stay as they are. */
  readonly below?: readonly Layer[] | undefined;
}

/**
 * Makes the image that a plan describes, with a config and an OCI manifest made from it. No layer is read.
 * @throws NixociError `NOT_FOUND` for a tarball of unknown size that is not there. From a layer's
 * stream `DIGEST` when its files are not what the plan says, and what making or reading it throws.
 * @example
 * ```ts
 * import { build, createPlanImage } from "nixoci";
 * const { plan } = await build({ copyToRoot: "rootfs" });
 * const image = await createPlanImage(plan);
 * console.log(image.layers.length); // 1
 * ```
 */
export async function createPlanImage(plan: Plan, options: PlanOptions = {}): Promise<Image> {
  let image: Promise<Image> | undefined;
  const base = () => image ??= openBaseImage(plan, options);
  const layers = await Promise.all(
    plan.layers.map((layer) => createPlanLayer(layer, plan, options, base)),
  );
  const config = contentOf(MEDIA_TYPES.oci.config, encodeConfig(plan));
  const { annotations } = plan;
  return createImage("oci", config, layers, annotations === undefined ? {} : { annotations });
}

/** Encodes the config as nix2container does, byte for byte, so that the image's ID is the same. */
function encodeConfig({ config, layers, history }: Plan): Buffer {
  const { created, author, architecture, os, ...rest } = config;
  const { "os.version": version, "os.features": features, variant, config: run, ...others } = rest;
  const entries = history ?? layers.map((layer) => layer.history ?? {});
  const whole = {
    created,
    author,
    architecture,
    os,
    "os.version": version,
    "os.features": features,
    variant,
    config: run ?? {},
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    ...(entries.length > 0 && { history: entries }),
    ...others,
  };
  return Buffer.from(escapeGoJson(JSON.stringify(whole)));
}

/** A layer of a plan's image, and the file that has its bytes, if the plan names one. */
export type PlannedLayer = Layer & { readonly tarball?: string };

async function createPlanLayer(
  layer: PlanLayer,
  plan: Plan,
  options: PlanOptions,
  base: () => Promise<Image>,
): Promise<PlannedLayer> {
  const { digest, size, diffId, recipe, tarball } = layer;
  const type = layerTypeOf(layer.mediaType)!;
  const mediaType = layerMediaTypeOf({ ...type, format: "oci" })!;
  const isInBase = recipe === undefined && tarball === undefined;
  const asStored = isInBase && plan.base?.startsWith("registry:") === true;
  const there = options.below?.find(({ descriptor }) => descriptor.digest === digest);
  if (there !== undefined) {
    return {
      ...there,
      descriptor: { ...there.descriptor, mediaType },
      ...(asStored && { asStored }),
    };
  }
  if (tarball !== undefined) {
    const descriptor = { mediaType, digest, size: size || await readSize(tarball) };
    return { ...content(descriptor, () => readFile(tarball)), diffId, tarball };
  }
  if (recipe !== undefined) return layerOf(recipe, { digest, size }, options);
  const descriptor = { mediaType, digest, size };
  const made = content(descriptor, ({ signal }) => readFromBase(descriptor, base, signal));
  return { ...made, diffId, ...(asStored && { asStored }) };
}

async function readSize(tarball: string): Promise<number> {
  const file = await openFile(tarball);
  await file[Symbol.asyncDispose]();
  return file.size;
}

function openBaseImage({ base: reference }: Plan, { base }: PlanOptions): Promise<Image> {
  if (base !== undefined) {
    return base().catch((error) => {
      throw wrapError(error, `Cannot open the base image ${reference ?? ""}`.trim());
    });
  }
  const message = `Cannot read the layers of the base image ${reference}: nothing says how`;
  return Promise.reject(new NixociError("UNSUPPORTED", message));
}

async function* readFromBase(
  { digest }: Descriptor,
  base: () => Promise<Image>,
  signal: AbortSignal | undefined,
): ByteStream {
  const { layers } = await base();
  const layer = layers.find(({ descriptor }) => descriptor.digest === digest);
  if (layer === undefined) {
    throw new NixociError("INCOMPLETE", `the base image has no layer ${digest} any more`, {
      hint: "name it by its digest, so that it stays what it is, and make the plan again",
    });
  }
  yield* layer.open(signal === undefined ? {} : { signal });
}
