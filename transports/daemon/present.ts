/**
 * Finds what need not be sent to an engine. Docker looks layers up by what they and all below them are
 * (the ChainID) before it opens them in the archive, so that those it has may be missing there.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
 */
import type { Digest } from "../../src/bytes/digest.ts";
import type { Image } from "../../src/image/root.ts";
import type { Engine } from "./engine.ts";
import { hasContainerdStore, inspectImage, listEngineImages } from "./images.ts";

/** The content that is in the engine. */
export interface Present {
  /** IDs of images: those need names only. */
  readonly images: ReadonlySet<Digest>;
  /** Digests of layers and configs, as the images to be loaded name them. */
  readonly blobs: ReadonlySet<Digest>;
}

/** Nothing is there, as far as we know. */
export const NOTHING: Present = { images: new Set(), blobs: new Set() };

/**
 * Finds what the engine has of these images. Podman reads all layers of an archive, so that an image is
 * there as a whole or not at all; containerd's store cannot be asked for image IDs.
 * @throws NixociError `NETWORK`, `REFUSED`.
 */
export async function findPresent(engine: Engine, images: readonly Image[]): Promise<Present> {
  const there = new Set<Digest>();
  for (const { config: { descriptor: { digest } } } of images) {
    // What containerd's store finds has another ID.
    if ((await inspectImage(engine, digest))?.id === digest) there.add(digest);
  }
  const missing = images.filter(({ config }) => !there.has(config.descriptor.digest));
  // An engine takes long to describe itself; where all is there, nobody need know.
  if (missing.length > 0 && await hasContainerdStore(engine)) return NOTHING;
  const chains = engine.isPodman || missing.length === 0
    ? []
    : (await listEngineImages(engine)).map(({ diffIds }) => diffIds);
  const needed = new Set(missing.flatMap((image) => missingLayersOf(image, chains)));
  const blobs = new Set<Digest>(there);
  for (const { diffId, descriptor } of images.flatMap(({ layers }) => layers)) {
    if (!needed.has(diffId)) blobs.add(descriptor.digest);
  }
  return { images: there, blobs };
}

/** Returns the diffIDs of an image from the first that stands on a chain which no other image has. */
function missingLayersOf({ layers }: Image, chains: readonly (readonly string[])[]): Digest[] {
  const diffIds = layers.map(({ diffId }) => diffId);
  const shared = chains.map((chain) => {
    const end = diffIds.findIndex((diffId, i) => diffId !== chain[i]);
    return end === -1 ? diffIds.length : end;
  });
  return diffIds.slice(Math.max(0, ...shared));
}
