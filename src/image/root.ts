/** The values that every transport, step and verb shares: images, indexes, artifacts. */
import type { Digest } from "../bytes/digest.ts";
import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";

/** A filesystem diff, perhaps compressed; `diffId` names its uncompressed tar. */
export interface Layer extends Content {
  readonly diffId: Digest;
  /** It lies in a registry in this form: packing leaves it, so that it need not move. */
  readonly asStored?: boolean;
  /** Returns what tells it from others before its digest is known, where it is made here. */
  label?(): string;
  /** The most that it may unpack to, where that is another than usual. */
  readonly bounds?: Partial<LayerBounds>;
}

/** The most that a layer may unpack to; 0 for no limit. */
export interface LayerBounds {
  /** The size of its tar, in bytes. */
  readonly maxSize: number;
  /**
   * The multiple of what has been read of it, once it is larger than a GiB and than a tenth of this
   * multiple of the whole.
   */
  readonly maxRatio: number;
  /** The number of entries, where a tree is made of them. */
  readonly maxEntries: number;
}

/** One image: a manifest, the config that it names, and its layers, lowest first. */
export interface Image {
  readonly kind: "image";
  readonly manifest: Content;
  readonly config: Content;
  readonly layers: readonly Layer[];
}

/** An image index or manifest list. Its children are not fetched until they are loaded. */
export interface Index {
  readonly kind: "index";
  readonly manifest: Content;
  readonly children: readonly Child[];
}

/** Anything else that has a manifest: signatures, SBOMs, charts. It is copied, never interpreted. */
export interface Artifact {
  readonly kind: "artifact";
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

/** The thing that a reference names: plain data, the raw manifest kept, bytes not yet opened. */
export type Root = Image | Index | Artifact;

/** An index entry; `load()` fetches its manifest (and config), never layers. */
export interface Child {
  readonly descriptor: Descriptor;
  load(onLayers?: OnLayers): Promise<Root>;
}

/**
 * Gets the layers of an image when its manifest has been read, and its config, which says what they
 * unpack to, has not. Sources that cannot tell so early call it not at all.
 */
export type OnLayers = (layers: readonly Content[]) => void;

/** A blob or manifest, and what it is in its image. */
export type ImageBlob =
  | { readonly kind: "layer"; readonly content: Layer }
  | { readonly kind: "config" | "manifest" | "blob"; readonly content: Content };

/** The role of a blob in its image. */
export type BlobKind = ImageBlob["kind"];

/** A root and the names it gets; an empty list means the name in the sink's own location. */
export interface NamedRoot {
  readonly root: Root;
  readonly references: readonly string[];
}

/** The same, where no more than its manifest is known. */
export interface NamedManifest {
  readonly manifest: Content;
  readonly references: readonly string[];
}
