/** The places that images are read from. */
import type { Digest } from "../bytes/digest.ts";
import type { Content } from "./content.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Child, OnLayers, Root } from "./root.ts";

/** A place that images are read from. Reads manifests and configs only; layers wait for `open()`. */
export interface Source
  extends
    AsyncDisposable,
    Partial<CanList>,
    Partial<CanReadManifest>,
    Partial<CanHeadManifest>,
    Partial<CanPin>,
    Partial<CanListReferrers>,
    Partial<CanListDigestTags>,
    Partial<CanFindContent>,
    Partial<CanExpectReaders>,
    Partial<CanLocate> {
  readonly traits?: SourceTraits;
  /** The least time that the place has taken to answer, in milliseconds, where it is asked by wire. */
  roundTrip?(): number | undefined;
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
  /** Its maker has names written as they are given, where a format could have them in full. */
  readonly namesAsGiven?: boolean;
  /** Its maker has plain layers packed so, where a sink leaves that open. */
  readonly packing?: "none" | "gzip" | "zstd";
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

/** The power to say what a manifest is without reading it. */
export interface CanHeadManifest {
  /** Asks for the descriptor of what the reference names: the place's word, which nothing proves. */
  headManifest(reference?: string): Promise<Descriptor>;
}

/** The power to name an image for good, where names may move on. */
export interface CanPin {
  /** Returns the reference, `scheme:location`, to what has this digest here. */
  pin(digest: Digest): string;
}

/** The power to make ready for what comes, where that takes a trip. */
export interface CanExpectReaders {
  /** Makes ready for so many readers at a time of content that the place has. */
  expectReaders(count: number): void;
}

/** The power to show where content lies in a file of its own. */
export interface CanLocate {
  /** Returns the absolute path of the file that has the content, if there is one. */
  fileOf(digest: Digest): string | undefined;
}

/** The power to say what refers to a manifest: signatures, SBOMs, whatever was attached to it. */
export interface CanListReferrers {
  /** Lists the manifests whose subject has this digest, oldest first where the place knows. */
  listReferrers(subject: Digest): Promise<readonly Child[]>;
}

/** The power to find what older tools attach to an image by a name alone. */
export interface CanListDigestTags {
  /** Lists what has a name made of this digest and a suffix: cosign's `sha256-….sig`. */
  listDigestTags(subject: Digest): Promise<readonly ListedImage[]>;
}

/** The power to find content of which no more is known than its digest. */
export interface CanFindContent {
  /** Finds a blob or manifest; `undefined` where the place has none of this digest. */
  findContent(digest: Digest): Promise<Content | undefined>;
}

/** A root of which only the manifest has been read. */
export interface UnloadedRoot {
  readonly manifest: Content;
  load(onLayers?: OnLayers): Promise<Root>;
}

/** One of several images in a place. */
export interface ListedImage {
  /** The word that `resolve` takes. */
  readonly select: string;
  /** The name that it has there, where it has one. */
  readonly name?: string;
  /** Tells images apart: an image of several names is listed once for each. By default `select`. */
  readonly id?: string;
}
