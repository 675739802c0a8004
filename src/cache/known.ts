/**
 * The memories that work may be given, so that nothing is found out twice. Each may forget at any
 * time, and whatever is made from one is verified like everything else.
 */
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "../image/descriptor.ts";

/** The name and the size of a blob. */
export type KnownBlob = Pick<Descriptor, "digest" | "size">;

/** Remembers the blob that a layer becomes, by diffID and by how it is compressed. */
export interface KnownBlobs {
  get(diffId: Digest, recipe: string): Promise<KnownBlob | undefined>;
  set(diffId: Digest, recipe: string, blob: KnownBlob | undefined): Promise<void>;
}

/** Remembers digests and sizes of layers, by their recipes. */
export interface KnownLayers {
  /** Returns what is known by these keys, each at its key's place. */
  get(keys: readonly string[]): Promise<readonly (KnownBlob | undefined)[] | undefined>;
  set(layers: readonly (readonly [key: string, layer: KnownBlob])[]): Promise<void>;
  forget(key: string): Promise<void>;
}

/** Remembers facts of images by their layers: the store paths in them, and the like. */
export interface KnownBases {
  get(key: string): Promise<readonly string[] | undefined>;
  set(key: string, paths: readonly string[]): Promise<void>;
}
