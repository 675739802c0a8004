/**
 * Writes images as `docker save` does, so that Docker, Podman, containerd and skopeo load them:
 * layers under their diffID, each once, then configs, then `manifest.json`. Of one image the bytes
 * are those that skopeo writes, so that the hashes of files that it has made hold for ours. Only
 * layers that are made here may have a label instead, for their diffIDs show when they are written.
 */
import { type Digest, encodedOf } from "../../../src/bytes/digest.ts";
import type { Compression } from "../../../src/bytes/detect.ts";
import { createImage } from "../../../src/image/documents/assemble.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import { guessTarSize, isPlainTar, readLayerTar } from "../../../src/image/layer/layer.ts";
import { layerTypeOf } from "../../../src/image/media-types.ts";
import type { Image, Layer } from "../../../src/image/root.ts";
import type { ArchiveWriter, Unsized } from "../archive/write.ts";
import type { NamedImage } from "./accept.ts";
import { archivedMediaTypeOf } from "./assemble.ts";
import { REPOSITORIES_FILE } from "./legacy-read.ts";
import { writeLegacy } from "./legacy-write.ts";
import { encodeManifest, MANIFEST_FILE } from "./manifest.ts";

/** The form that the archive is to have. */
export interface ImageWriterOptions {
  /** Compressions that layers may keep; plain tars are what everybody reads. */
  readonly keep?: readonly Compression[];
  /** Leave out what only Docker before 1.10 reads. */
  readonly modern?: boolean;
  /** Call layers that are made here by their labels, whether their digest is known or not. */
  readonly labels?: boolean;
}

/** Images that are being written into an archive. */
export interface ImageWriter {
  /** Writes a layer, once; the bytes that it is to have may be given where they are there already. */
  put(layer: Layer, bytes?: Unsized): Promise<void>;
  /**
   * Begins a layer that is made here, of so many bytes: it is a plain tar. Returns `undefined` where one
   * of that size is there: it may turn out to be the same one, which is written once.
   */
  begin(size: number, label: string): Promise<BegunLayer | undefined>;
  /**
   * Writes the configs and the lists of what is there, and ends the archive. Layers that were not
   * put are listed all the same: an engine may have them.
   */
  finish(images: readonly NamedImage[]): Promise<void>;
  /** Tells whether the layer is written as it is stored; else it is unpacked. */
  keeps(layer: Layer): boolean;
  /** Lists the layers of the image that are not written. */
  missingIn(image: Image): readonly Layer[];
  /** Returns the image as one would read it back, when all its layers are written. */
  readBack(image: Image): Image;
}

/** A layer that is being written before it has a name. */
export interface BegunLayer extends AsyncDisposable {
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it: it has turned out to be this one. */
  end(diffId: Digest): Promise<void>;
}

/** Creates a writer of images into the archive, which is empty. */
export function createImageWriter(
  archive: ArchiveWriter,
  options: ImageWriterOptions = {},
): ImageWriter {
  const { keep = [], modern = false, labels = false } = options;
  const written = new Map<Digest, Layer["descriptor"]>();
  const under = new Map<Digest, Promise<void>>();
  const paths = new Map<Digest, string>();
  const pathOf = (diffId: Digest): string => paths.get(diffId) ?? layerPathOf(diffId);
  const sizes = new Set<number>();
  let count = 0;
  const keeps = (layer: Layer): boolean => isPlainTar(layer) || keep.includes(compressionOf(layer));
  return {
    keeps,
    put(layer, bytes) {
      const { diffId } = layer;
      const already = under.get(diffId);
      if (already !== undefined) return already;
      count++;
      const label = labels ? layer.label?.() : undefined;
      if (label !== undefined) paths.set(diffId, labelledPathOf(count, label));
      const writing = writeLayer(archive, pathOf(diffId), layer, keeps(layer), bytes)
        .then((descriptor) => {
          written.set(diffId, descriptor);
          sizes.add(descriptor.size);
        });
      under.set(diffId, writing);
      return writing;
    },
    async begin(size, label) {
      if (sizes.has(size)) return undefined;
      sizes.add(size);
      const path = labelledPathOf(++count, label);
      const member = await archive.begin(path, size);
      return {
        ...member,
        async end(diffId) {
          await member.end();
          paths.set(diffId, path);
          written.set(diffId, { mediaType: archivedMediaTypeOf("none"), digest: diffId, size });
          under.set(diffId, Promise.resolve());
        },
      };
    },
    async finish(images) {
      const merged = mergeImages(images);
      for (const { image: { config } } of merged) {
        await archive.add(configPathOf(config), await readContent(config, MAX_DOCUMENT));
      }
      const legacy = modern ? undefined : await writeLegacy(archive, merged, pathOf);
      const items = merged.map((image) => manifestItemOf(image, pathOf));
      await archive.add(MANIFEST_FILE, encodeManifest(items));
      if (legacy !== undefined) await archive.add(REPOSITORIES_FILE, legacy);
      await archive.finish();
    },
    missingIn: ({ layers }) => layers.filter(({ diffId }) => !written.has(diffId)),
    readBack({ config, layers }) {
      const stored = layers.map((layer) => ({ ...layer, descriptor: written.get(layer.diffId)! }));
      return createImage("oci", config, stored);
    },
  };
}

async function writeLayer(
  archive: ArchiveWriter,
  path: string,
  layer: Layer,
  isKept: boolean,
  bytes: Unsized | undefined,
): Promise<Layer["descriptor"]> {
  if (!isKept) {
    const unpacked = await archive.addUnsized(path, bytes ?? unsizedTarOf(layer));
    return { mediaType: archivedMediaTypeOf("none"), digest: layer.diffId, size: unpacked };
  }
  const { digest, size } = layer.descriptor;
  await archive.add(path, (bytes ?? layer).open(), size);
  return { mediaType: archivedMediaTypeOf(compressionOf(layer)), digest, size };
}

/** Returns the compression of a layer's bytes, whatever its type says of a plain tar. */
function compressionOf(layer: Layer): Compression {
  if (isPlainTar(layer)) return "none";
  return layerTypeOf(layer.descriptor.mediaType)?.compression ?? "none";
}

function unsizedTarOf(layer: Layer): Unsized {
  return { open: () => readLayerTar(layer), guess: () => guessTarSize(layer) };
}

// As skopeo names them; with folders instead (`ID/layer.tar`), every loader takes them, too.
function layerPathOf(diffId: Digest): string {
  return `${encodedOf(diffId)}.tar`;
}

/** With its number in the archive: two layers may have one label. */
function labelledPathOf(number: number, label: string): string {
  return `${number}-${label}.tar`;
}

function configPathOf({ descriptor }: Content): string {
  return `${encodedOf(descriptor.digest)}.json`;
}

/** Makes of images that are the same one with all their names. */
function mergeImages(images: readonly NamedImage[]): NamedImage[] {
  const merged = new Map<Digest, NamedImage>();
  for (const { image, names } of images) {
    const { digest } = image.config.descriptor;
    const all = [...merged.get(digest)?.names ?? [], ...names];
    merged.set(digest, { image, names: [...new Set(all)] });
  }
  return [...merged.values()];
}

function manifestItemOf({ image, names }: NamedImage, pathOf: (diffId: Digest) => string) {
  return {
    Config: configPathOf(image.config),
    RepoTags: names,
    Layers: image.layers.map(({ diffId }) => pathOf(diffId)),
  };
}
