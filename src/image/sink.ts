/** The places that images are put into. */
import type { NixociError } from "../base/errors.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageBlob, NamedManifest, NamedRoot } from "./root.ts";

/**
 * A place that images are put into: content whole or not at all, then names for it. What only some
 * places can do is an optional method; without it there is always a way that works.
 */
export interface Sink
  extends
    AsyncDisposable,
    Partial<CanPrepare>,
    Partial<CanProve>,
    Partial<CanMount>,
    Partial<CanExpect>,
    Partial<CanTakeUnnamed>,
    Partial<CanRemove> {
  readonly traits: SinkTraits;
  readonly naming?: SinkNaming;
  /** The least time that the place has taken to answer, in milliseconds, where it is asked by wire. */
  roundTrip?(): number | undefined;
  /** Tells whether the content is there already, whole and uncorrupted. */
  has(descriptor: Descriptor): Promise<boolean>;
  /**
   * Stores verified bytes under their digest.
   * @returns what the place lacks of what a manifest names, when it takes no manifest without that.
   */
  put(blob: ImageBlob): Promise<Lacking | void>;
  /**
   * Waits until all that has been put shows to others who open the place. Left out where `put` does
   * not return before.
   * @throws the error of what was put, as a later call would.
   */
  settle?(): Promise<void>;
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
  /**
   * A manifest that is put is found by its subject, if it has one, with no name of its own: in a
   * layout once something is committed.
   */
  readonly keepsReferrers?: boolean;
  /** A mount that is granted says all that a question would: nothing need be asked before. */
  readonly mountsUnasked?: boolean;
}

/** The names of images in a sink. */
export interface SinkNaming {
  /** The references that an image gets which is given none: the location's, or the usual one. */
  readonly own: readonly string[];
  /** The location names no image, so that several may go there under names of their own. */
  readonly open: boolean;
  /**
   * An image that comes alone keeps the names that its place lists it under, for here it must have one
   * to be found. A file that holds a single image needs none.
   */
  readonly keepsOwn?: boolean;
  /**
   * Returns what an image is to be called here that has this name elsewhere, or none, and then this
   * manifest; `undefined` leaves it without. Left out where any name will do.
   */
  nameFor?(name: string | undefined, manifest?: Descriptor): string | undefined;
}

/** A sink's answer that it lacks what it was thought to have: that is put, then it is asked again. */
export interface Lacking {
  /** The content by digest; `all` has everything looked for again, because nobody says what is gone. */
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
  /** Tells, without asking, that the manifest is there for sure with all that is below it. */
  isKnown?(manifest: Descriptor): boolean;
  /** Returns the blobs of the image that are there for sure, as what has its name now has them. */
  holds(image: NamedRoot): Promise<ReadonlySet<Digest>>;
}

/** The power to take names and images away. */
export interface CanRemove {
  /**
   * Takes a name away; other names of the same manifest stay.
   * @throws NixociError `NOT_FOUND`, and `REFUSED` where the place does not allow it.
   */
  removeName(name: string): Promise<void>;
  /** Takes a manifest away, and all its names with it. Throws as `removeName` does. */
  removeManifest(digest: Digest): Promise<void>;
  /** Lists the names that would not be whole without the manifest. */
  listHolders(digest: Digest): Promise<readonly Holder[]>;
}

/** A name that needs a manifest. */
export interface Holder {
  readonly name: string;
  /** It names an index that the manifest is in, and not the manifest itself. */
  readonly isInside: boolean;
}

/** The power to take content from another repository (`host/path`) without moving it. */
export interface CanMount {
  /** Takes the content; `false` if it cannot. */
  mount(descriptor: Descriptor, fromRepository: string): Promise<boolean>;
}

/** The power to make ready for content while other content is being put. */
export interface CanExpect {
  /** Makes ready for content that is not there, and that will be put unless the copy fails. */
  expect(descriptor: Descriptor): Promise<void>;
}

/** The power to take bytes before anybody knows what they are called. */
export interface CanTakeUnnamed {
  /**
   * Begins a blob that gets its name when all of its bytes have come; `undefined` where that one
   * cannot come so, and is to be put when it has a name. It takes up one of the number of `put`s until
   * it is disposed of.
   * @param options what is known of it.
   */
  takeUnnamed(options?: UnnamedOptions): Promise<UnnamedBlob | undefined>;
}

/** The facts that are known of a blob that has no name yet. */
export interface UnnamedOptions {
  /** In bytes. */
  readonly size?: number | undefined;
  /** Of a layer that is made here: what it has as its `label`, too. */
  readonly label?: string | undefined;
}

/**
 * Bytes on their way into a place. Disposing of them before they have a name leaves nothing. Use
 * `putUnnamed`, which hashes what it writes: the place believes the name.
 */
export interface UnnamedBlob extends AsyncDisposable {
  /** Appends; when it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Ends it: the place has the blob now, as if it had been put. Its content is not opened for that.
   * Nothing can be written afterwards.
   */
  name(blob: ImageBlob): Promise<void>;
}
