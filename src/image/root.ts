/** The shapes that every transport, step and verb shares. */
import type { Digest } from "../bytes/digest.ts";
import type { NixociError } from "../base/errors.ts";
import type { OnNotice } from "../base/notices.ts";
import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Scratch } from "./scratch.ts";

/** A filesystem diff, perhaps compressed; `diffId` names its uncompressed tar. */
export interface Layer extends Content {
  readonly diffId: Digest;
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
  load(): Promise<Root>;
}

/** A place that images are read from. Reads manifests and configs only; layers wait for `open()`. */
export interface Source extends AsyncDisposable, Partial<CanList>, Partial<CanReadManifest> {
  readonly traits?: SourceTraits;
  /** Returns what the reference names, or without one what the source's own location names. */
  resolve(reference?: string): Promise<Root>;
}

/** Facts about a source that decide how a copy goes. */
export interface SourceTraits {
  /** The repository (`host/path`) that blobs can be mounted from, where there is one. */
  readonly repository?: string;
  /**
   * The manifest was made here, because the format holds none (docker-archive, daemon): its digest
   * is nobody's promise, and a sink that wants compressed layers may have them.
   */
  readonly synthetic?: boolean;
}

/** The power to say which images there are. */
export interface CanList {
  /** Lists the images that the location leaves open (`--all`); none when it names one itself. */
  list(): Promise<readonly ListedImage[]>;
}

/** The power to say what a reference names before more of it is read. */
export interface CanReadManifest {
  /**
   * Reads the manifest of what the reference names; the rest waits until it is loaded. For places
   * where each read takes a trip.
   */
  readManifest(reference?: string): Promise<UnloadedRoot>;
}

/** A root of which only the manifest has been read. */
export interface UnloadedRoot {
  readonly manifest: Content;
  load(): Promise<Root>;
}

/** One of several images in a place. */
export interface ListedImage {
  /** The word that `resolve` takes. */
  readonly select: string;
  /** The name that it has there, where it has one. */
  readonly name?: string;
}

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

/** A blob or manifest, and what it is in its image. */
export type ImageBlob =
  | { readonly kind: "layer"; readonly content: Layer }
  | { readonly kind: "config" | "manifest" | "blob"; readonly content: Content };

/** The role of a blob in its image. */
export type BlobKind = ImageBlob["kind"];

/**
 * A place that images are put into: content whole or not at all, then names for it. What only some
 * places can do is an optional method; without it there is always a way that works.
 */
export interface Sink
  extends AsyncDisposable, Partial<CanPrepare>, Partial<CanProve>, Partial<CanMount> {
  readonly traits: SinkTraits;
  readonly naming?: SinkNaming;
  /** Tells whether the content is there already, whole and uncorrupted. */
  has(descriptor: Descriptor): Promise<boolean>;
  /**
   * Stores verified bytes under their digest.
   * @returns what the place lacks of what a manifest names, when it takes no manifest without that.
   */
  put(blob: ImageBlob): Promise<Lacking | void>;
  /**
   * Makes the images visible under their names, atomically and last. All blobs and all manifests
   * below the roots have been put; the roots' own manifests have not.
   * @returns for each image the descriptor that it has there: the root's own, but for places that
   * cannot keep it. Or else what the place turns out to lack, to be called again with that there.
   */
  commit(images: readonly NamedRoot[]): Promise<readonly Descriptor[] | Lacking>;
}

/** Facts about a sink that decide how content comes to it. */
export interface SinkTraits {
  /** The number of `put`s that it takes at a time: 1 where they are written in one pass as they come. */
  readonly parallel: number;
  /** Content is stored in the order of the images: nothing may be put before they are known. */
  readonly ordered?: boolean;
  /**
   * The form in which layers are held, where it is not "as they come": `tar` is always uncompressed
   * (docker-archive); `gzip` compresses plain layers of synthetic images on the way in (registry).
   */
  readonly layers?: "tar" | "gzip";
  /**
   * A manifest that is there proves that all it names is there too (a registry refuses it
   * otherwise), so that nothing below it needs to be asked for.
   */
  readonly closed?: boolean;
}

/** The names of images in a sink. */
export interface SinkNaming {
  /** The references that an image gets which is given none: the location's, or the usual one. */
  readonly own: readonly string[];
  /** The location names no image, so that several may go there under names of their own. */
  readonly open: boolean;
  /**
   * Returns what an image is to be called here that has this name elsewhere, or none; left out where
   * any name will do.
   */
  nameFor?(name: string | undefined, manifest: Descriptor): string;
}

/** A sink's answer that it lacks what it was thought to have: that is put, then it is asked again. */
export interface Lacking {
  /** The content by digest; `all` is anything that this copy has found there, not what it has put. */
  readonly lacks: readonly Digest[] | "all";
  /** The sink's words; thrown when it says so again. */
  readonly error: NixociError;
}

/** The power to look at images before anything moves. */
export interface CanPrepare {
  /**
   * Looks at what will be committed, before the first `has` but for content that a step announced
   * as ready; changes nothing there. For places that can refuse it early, or that know blobs only
   * by the image they are in (daemon).
   */
  prepare(images: readonly NamedRoot[]): Promise<void>;
}

/** The power to prove what is there without asking for each blob. */
export interface CanProve {
  /**
   * Tells whether the image has all these names here already, with all that belongs to it: then
   * there is nothing to put, and nothing to commit.
   */
  isCommitted(image: NamedManifest): Promise<boolean>;
  /** Returns the blobs of the image that are there for sure, as what has its name now has them. */
  holds(image: NamedRoot): Promise<ReadonlySet<Digest>>;
}

/** The power to take content from another repository (`host/path`) without moving it. */
export interface CanMount {
  /** Takes the content; `false` if it cannot. */
  mount(descriptor: Descriptor, fromRepository: string): Promise<boolean>;
}

/**
 * A way of naming stored images: one scheme of the command line.
 * @typeParam Options what it reads of the options of a side.
 */
export interface Transport<Options extends SideOptions = SideOptions> {
  /** The word before the colon. */
  readonly scheme: string;
  /** Other schemes that mean the same, for people who come from other tools. */
  readonly aliases?: readonly string[];
  source?(location: string, options?: Options): Promise<Source>;
  sink?(location: string, options?: Options): Promise<Sink>;
}

/** Options of one side of a copy that every transport gets; those of its own stand with it. */
export interface SideOptions {
  readonly signal?: AbortSignal;
  /** The files that a transport must make for itself; shared with the copy. */
  readonly scratch?: Scratch;
  /** Gets what a person may want to know: retries, fallbacks, mirrors. */
  readonly onNotice?: OnNotice;
}

/**
 * Files whose content has been hashed, by a stamp that changes whenever a file does: device, inode,
 * size, and the times of its last change to the nanosecond.
 */
export interface ProvedFiles {
  digestOf(stamp: string): Promise<Digest | undefined>;
  add(files: readonly (readonly [stamp: string, digest: Digest])[]): Promise<void>;
}

/** Root in, new Root out; `scratch` holds bytes that a step must make, until the copy ends. */
export interface Step {
  (root: Root, context: StepContext): Root | Promise<Root>;
  /** Tells that a root with this manifest passes as it is, where that shows without reading it. */
  keeps?(manifest: Descriptor): boolean;
}

/** The things that a step may use while it works. */
export interface StepContext {
  readonly scratch: Scratch;
  readonly signal?: AbortSignal;
  /** Gets what a step changed or could not keep. */
  readonly onNotice?: OnNotice;
  /** A layer that is made and will be part of the result: the engine may begin to store it. */
  readonly ready?: (layer: Layer) => void;
  /** The same content, whose reading shows as progress. */
  readonly watch?: <C extends Content>(content: C) => C;
}
