/** Gives an image other layers, and says so in its config. */
import { completeHistory, type History } from "../../image/config/history.ts";
import { contentOf } from "../../image/content.ts";
import { rebuildImage } from "../../image/documents/assemble.ts";
import { readConfig } from "../../image/documents/load.ts";
import type { ConfigJson } from "../../image/documents/schemas.ts";
import { encodeJson } from "../../image/json.ts";
import type { Image, Layer } from "../../image/root.ts";

/** The layers of an image, and its history, with an entry for each of them. */
export interface LayerChange {
  readonly layers: readonly Layer[];
  readonly history: readonly History[];
  /** Fields of the config that change with them. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** All annotations of the manifest; left out, they stay. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The config of an image as it is, and its history. */
export interface LayeredConfig {
  readonly json: ConfigJson;
  readonly history: readonly History[];
}

/** Makes the image again with other layers. */
export async function changeLayers(
  image: Image,
  change: (now: LayeredConfig) => LayerChange | Promise<LayerChange>,
): Promise<Image> {
  const { json } = await readConfig(image.config);
  const history = completeHistory(json, image.layers.length);
  const { layers, history: told, config, annotations } = await change({ json, history });
  const rootfs = { ...json.rootfs, diff_ids: layers.map(({ diffId }) => diffId) };
  const bytes = encodeJson({ ...json, ...config, rootfs, history: told });
  return await rebuildImage(image, {
    config: contentOf(image.config.descriptor.mediaType, bytes),
    layers,
    ...annotations && { annotations },
  });
}

// Engines show the zero of a time that is not there as a day long ago.
const EPOCH = "1970-01-01T00:00:00Z";

/** Returns the history entry of a layer that a step makes: made when the image was, so to speak. */
export function entryOf({ json }: LayeredConfig, by: string, comment?: string): History {
  const created = json.created ?? EPOCH;
  return { created, created_by: by, ...comment !== undefined && { comment } };
}
