/** Explains an image: its layers, what they waste, where its settings come from. */
import { readConfig, readManifest } from "../image/documents/load.ts";
import type { ConfigJson } from "../image/documents/schemas.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Image } from "../image/root.ts";
import {
  type FoundStorePath,
  type LayerContent,
  type LayerFiles,
  readLayerFiles,
  type SizedFile,
} from "./files.ts";
import { type ConfigOrigin, originsOf } from "./origins.ts";
import { toldLayersOf } from "./recorded.ts";

/** A layer, explained. */
export interface ExplainedLayer {
  /** 1 is the lowest. */
  readonly number: number;
  readonly digest: Digest;
  readonly diffId: Digest;
  /** Bytes as it is stored. */
  readonly size: number;
  /** It is the base's; left out where no base is known. */
  readonly inBase?: boolean;
  readonly createdBy?: string;
  /** The store paths in it; left out where nothing says them. */
  readonly storePaths?: readonly string[];
  /** The sums over its files, where layers were read. */
  readonly content?: LayerContent;
}

/** An image, explained. */
export interface Explanation {
  readonly digest: Digest;
  /** In the order of the image. */
  readonly layers: readonly ExplainedLayer[];
  /** Bytes as the layers are stored. */
  readonly size: number;
  readonly config: readonly ConfigOrigin[];
  /** The name that the image itself gives its base. */
  readonly baseName?: string;
  /** Sums over all layers, where they were read. */
  readonly content?: Pick<LayerContent, "adds" | "wastes">;
  readonly biggest?: readonly SizedFile[];
  readonly storePaths?: readonly FoundStorePath[];
}

/** Options for explaining. */
export interface ExplainOptions {
  /** Reads the layers; the manifest and the config alone otherwise. */
  readonly read?: boolean | undefined;
  /** The image that it was made on. */
  readonly base?: Image | undefined;
  /** The number of largest files; 10 by default. */
  readonly biggest?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Explains an image. Without `read` no layer is opened, and there is what manifest, config and
 * history say.
 * @throws what reading throws.
 * @example
 * ```ts
 * import { explainImage, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * const { content } = await explainImage(await resolveImage(source), { read: true });
 * console.log(content?.wastes); // 0
 * ```
 */
export async function explainImage(
  image: Image,
  { read = false, base, biggest, signal }: ExplainOptions = {},
): Promise<Explanation> {
  const { json: config } = await readConfig(image.config);
  const files = read ? await readLayerFiles(image, { biggest, signal }) : undefined;
  const layers = explainLayers(image, config, base, files);
  const baseName = await readBaseName(image);
  return {
    digest: image.manifest.descriptor.digest,
    layers,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    config: originsOf(config, base && (await readConfig(base.config)).json),
    ...baseName !== undefined && { baseName },
    ...files && {
      content: {
        adds: files.layers.reduce((sum, { adds }) => sum + adds, 0),
        wastes: files.layers.reduce((sum, { wastes }) => sum + wastes, 0),
      },
      biggest: files.biggest,
      storePaths: files.storePaths,
    },
  };
}

function explainLayers(
  image: Image,
  config: ConfigJson,
  base: Image | undefined,
  files: LayerFiles | undefined,
): ExplainedLayer[] {
  const shared = base && countShared(image, base);
  return toldLayersOf(image.layers, config).map(({ layer, number, history, storePaths }) => {
    const { digest, size } = layer.descriptor;
    const paths = files === undefined
      ? storePaths
      : files.storePaths.filter(({ layers }) => layers.includes(number)).map(({ path }) => path);
    return {
      number,
      digest,
      diffId: layer.diffId,
      size,
      ...shared !== undefined && { inBase: number <= shared },
      ...history.created_by && { createdBy: history.created_by },
      ...paths && { storePaths: paths },
      ...files && { content: files.layers[number - 1]! },
    };
  });
}

/** Counts the layers that both have from the bottom up. */
function countShared(image: Image, base: Image): number {
  const at = base.layers.findIndex(({ diffId }, i) => image.layers[i]?.diffId !== diffId);
  return at === -1 ? base.layers.length : at;
}

async function readBaseName(image: Image): Promise<string | undefined> {
  const { annotations } = await readManifest(image.manifest);
  return annotations?.["org.opencontainers.image.base.name"];
}
