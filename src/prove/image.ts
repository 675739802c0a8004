/** Shows that an image is the one that is made here, or where it differs. */
import type { Digest } from "../bytes/digest.ts";
import { type Content, readContent } from "../image/content.ts";
import { formatOf, rebuildImage } from "../image/documents/assemble.ts";
import { isObject, MAX_DOCUMENT, parseJson } from "../image/json.ts";
import { layerMediaTypeOf, layerTypeOf } from "../image/media-types.ts";
import type { Image, Layer } from "../image/root.ts";
import { type LayerProof, proveLayer } from "./layer.ts";

/** An image, compared with the one that is made here. */
export interface ImageProof {
  /**
   * `same`: the digest is the one that is made here; `compressed`: so are config and files, and what
   * differs is how layers are compressed, or the manifest; or else `different`.
   */
  readonly outcome: "same" | "compressed" | "different";
  readonly digest: Digest;
  /** The digest of the manifest that is made here, with layers compressed as the image has them. */
  readonly made: Digest;
  readonly layers: readonly LayerProof[];
  /** Fields of the config that differ, such as `config.Env`. */
  readonly config: readonly string[];
  /** Fields of the manifest that differ, beside the layers and the config that it names. */
  readonly manifest: readonly string[];
}

/** Options of proving; `undefined` is as good as nothing. */
export interface ProveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gets each layer as it is done with. */
  readonly onLayer?: ((proof: LayerProof) => void) | undefined;
}

/**
 * Proves that an image has the digest that is made here: each layer is made again and compared,
 * compressed layers by compressing them as nixoci does. Of a layer that differs the first byte is
 * found, and which files differ by what. Nothing is written.
 * @param made the same image as it is made here: of a SPEC, by `build`, or of a plan.
 * @throws NixociError where a layer cannot be read or made.
 * @example
 * ```ts
 * import { build, openSource, proveOrigin, resolveImage } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const { image } = await build({ copyToRoot: "rootfs" });
 * console.log((await proveOrigin(await resolveImage(source), image)).outcome); // different
 * ```
 */
export async function proveOrigin(
  image: Image,
  made: Image,
  { signal, onLayer }: ProveOptions = {},
): Promise<ImageProof> {
  const layers: LayerProof[] = [];
  for (let i = 0; i < Math.max(image.layers.length, made.layers.length); i++) {
    const proof = await proveAt(i + 1, image.layers[i], made.layers[i], signal);
    onLayer?.(proof);
    layers.push(proof);
  }
  const alike = await rebuildAlike(image, made);
  const { digest } = image.manifest.descriptor;
  const config = await compareJson(image.config, made.config);
  const manifest = (await compareJson(image.manifest, alike.manifest))
    .filter((name) => !/^(?:layers|config)\b/.test(name) || layers.length !== image.layers.length);
  const isSame = alike.manifest.descriptor.digest === digest &&
    layers.every(({ outcome }) => outcome === "same");
  const hasSameFiles = image.config.descriptor.digest === made.config.descriptor.digest &&
    layers.every(({ outcome }) => outcome === "same" || outcome === "compressed");
  return {
    outcome: isSame ? "same" : hasSameFiles ? "compressed" : "different",
    digest,
    made: alike.manifest.descriptor.digest,
    layers,
    config,
    manifest,
  };
}

async function proveAt(
  number: number,
  layer: Layer | undefined,
  made: Layer | undefined,
  signal: AbortSignal | undefined,
): Promise<LayerProof> {
  if (layer !== undefined && made !== undefined) {
    return await proveLayer(number, layer, made, signal);
  }
  if (layer === undefined) return { number, made: made!.diffId, outcome: "missing" };
  const { diffId, descriptor: { digest } } = layer;
  return { number, digest, diffId, outcome: "surplus" };
}

/** Makes the manifest again in the image's format, with its layers where the tars are the same. */
async function rebuildAlike(image: Image, made: Image): Promise<Image> {
  const format = formatOf(image);
  const layers = made.layers.map((layer, i): Layer => {
    const other = image.layers[i];
    if (other?.diffId !== layer.diffId) return layer;
    const { digest, size, mediaType } = other.descriptor;
    const { compression = "none" } = layerTypeOf(mediaType) ?? {};
    const type = layerMediaTypeOf({ format, compression, distributable: true }) ?? mediaType;
    return { ...layer, descriptor: { ...layer.descriptor, mediaType: type, digest, size } };
  });
  return await rebuildImage(made, { format, layers });
}

/** Lists the fields by which two documents differ, down to the second level of objects. */
async function compareJson(one: Content, other: Content): Promise<string[]> {
  if (one.descriptor.digest === other.descriptor.digest) return [];
  const found = [...listChanges(await readJson(one), await readJson(other), "", 2)];
  return found.length > 0 ? found : ["(how it is written)"];
}

async function readJson(content: Content): Promise<unknown> {
  return parseJson(await readContent(content, MAX_DOCUMENT), content.descriptor.digest);
}

function* listChanges(a: unknown, b: unknown, name: string, depth: number): Iterable<string> {
  if (JSON.stringify(a) === JSON.stringify(b)) return;
  if (depth === 0 || !isObject(a) || !isObject(b)) return void (yield name || "(all of it)");
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    yield* listChanges(a[key], b[key], name === "" ? key : `${name}.${key}`, depth - 1);
  }
}
