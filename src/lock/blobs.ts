/** Lists a lock's blobs as downloads that do not depend on each other. */
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { isForeign } from "../image/media-types.ts";
import { formatHash } from "../nix/formats/hash.ts";
import type { Lock, LockedImage } from "./model.ts";
import { selectEntries } from "./names.ts";
import { blobNameOf, type BlobOwner } from "./supply.ts";

/** A blob that locked images are made of. */
export interface LockedBlob {
  readonly digest: Digest;
  readonly kind: "index" | "manifest" | "config" | "layer";
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** The images that it is part of; it is asked for in the repository of the first. */
  readonly images: readonly string[];
  readonly owner: BlobOwner;
  /** `true` when its licence keeps it out of the registry: it is at its first URL. */
  readonly isForeign: boolean;
  readonly urls?: readonly string[] | undefined;
}

/**
 * Lists every blob of the locked images, each once.
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const locked = await lock.readLock("nixoci.lock.json");
 * const layers = lock.listLockedBlobs(locked).filter(({ kind }) => kind === "layer");
 * console.log(layers[0]?.images); // [ 'docker.io/library/alpine:3.20' ]
 * ```
 */
export function listLockedBlobs(
  lock: Lock,
  { names }: { readonly names?: readonly string[] } = {},
): LockedBlob[] {
  const blobs = new Map<Digest, LockedBlob & { images: string[] }>();
  for (const [name, image] of selectEntries(lock, names)) {
    for (const blob of blobsOf(image)) {
      const known = blobs.get(blob.digest);
      if (known === undefined) blobs.set(blob.digest, { ...blob, images: [name] });
      else if (!known.images.includes(name)) known.images.push(name);
    }
  }
  return [...blobs.values()];
}

function blobsOf({ repository, index, platforms }: LockedImage): Omit<LockedBlob, "images">[] {
  const blob = (kind: LockedBlob["kind"], descriptor: Descriptor, manifest: Digest) => {
    const { digest, mediaType, size, urls } = descriptor;
    const owner = { repository, manifest };
    return { digest, kind, mediaType, size, owner, isForeign: isForeign(descriptor), urls };
  };
  return [
    ...(index ? [blob("index", index, index.digest)] : []),
    ...Object.values(platforms).flatMap(({ manifest, config, layers }) => [
      blob("manifest", manifest, manifest.digest),
      blob("config", config, manifest.digest),
      ...layers.map((layer) => blob("layer", layer, manifest.digest)),
    ]),
  ];
}

/** All that a fixed-output derivation, or `curl`, must know of a blob. */
export interface BlobDownload {
  readonly digest: Digest;
  /** The digest as Nix writes it: `sha256-…` in base 64 (SRI). */
  readonly hash: string;
  readonly kind: LockedBlob["kind"];
  /** The `Accept` header to send: without it registries do not give manifests. */
  readonly mediaType: string;
  /** Its path below the folder of `lock fetch --blobs`. */
  readonly path: string;
  /** The scope of the token to ask for; `null` where none is needed. */
  readonly scope: string | null;
  readonly size: number;
  readonly url: string;
  /** The images that it is part of. */
  readonly images: readonly string[];
}

/**
 * Lists every blob of the locked images as a download by itself.
 * @param originOf returns the origin of a host's API: `https://registry-1.docker.io`.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * const locked = await lock.readLock("nixoci.lock.json");
 * const originOf = (host: string) => `https://${host}`;
 * const [index] = lock.listBlobDownloads(locked, { originOf });
 * console.log(index?.url); // https://docker.io/v2/library/alpine/manifests/sha256:…
 * ```
 */
export function listBlobDownloads(
  lock: Lock,
  { names, originOf }: {
    readonly names?: readonly string[];
    readonly originOf: (host: string) => string;
  },
): BlobDownload[] {
  return listLockedBlobs(lock, { names }).map((blob) => {
    const { digest, kind, mediaType, size, images, owner: { repository }, urls } = blob;
    const slash = repository.indexOf("/");
    const [host, path] = [repository.slice(0, slash), repository.slice(slash + 1)];
    const place = kind === "index" || kind === "manifest" ? "manifests" : "blobs";
    return {
      digest,
      hash: formatHash(digest, "sri"),
      kind,
      mediaType,
      path: blobNameOf(digest),
      scope: blob.isForeign ? null : `repository:${path}:pull`,
      size,
      url: blob.isForeign ? urls![0]! : `${originOf(host)}/v2/${path}/${place}/${digest}`,
      images,
    };
  });
}
