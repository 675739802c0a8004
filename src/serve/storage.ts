/**
 * The little that a registry must be able to ask of whatever it serves. Names, digests, tags and
 * sizes have been checked before they come here.
 */
import type { Digest } from "../bytes/digest.ts";
import type { ByteStream } from "../bytes/stream.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";

/** The repositories that a registry serves. */
export interface RegistryStorage {
  /** Finds the repository of this name; `undefined` when there is none. */
  findRepository(name: string): Promise<ServedRepository | undefined>;
  /**
   * Returns the same to push into, made when it is not there; `undefined` for one that is read-only. A
   * storage without this is read-only as a whole.
   * @throws NixociError `NOT_FOUND` when nothing can be pushed under this name.
   */
  makeRepository?(name: string): Promise<PushableRepository | undefined>;
  /** Lists the names of all repositories, in any order; a storage without this does not tell. */
  listRepositories?(): Promise<readonly string[]>;
}

/** One repository, to read. What it cannot delete, it has no method for. */
export interface ServedRepository {
  /** The manifest that a tag or a digest names. */
  findManifest(reference: string): Promise<ServedBytes | undefined>;
  findBlob(digest: Digest): Promise<ServedBytes | undefined>;
  /** Lists all tags, in any order. */
  listTags(): Promise<readonly string[]>;
  /** Lists the manifests whose subject is this one, with their artifact type and annotations. */
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;
  /** Deletes a tag; tells whether there was one. */
  deleteTag?(tag: string): Promise<boolean>;
  /** Deletes a manifest, and the tags that name it. */
  deleteManifest?(digest: Digest): Promise<boolean>;
  deleteBlob?(digest: Digest): Promise<boolean>;
}

/** One repository, to push into. */
export interface PushableRepository extends ServedRepository {
  /** Begins a blob, whose digest is named when all of it is there. */
  beginBlob(): Promise<BlobWriter>;
  /**
   * Takes a manifest; all that it needs has been seen to be there. Without tags it is known by its
   * digest only.
   */
  putManifest(
    manifest: Content,
    tags: readonly string[],
    needed: readonly Digest[],
  ): Promise<void>;
  /** Takes a blob from another repository of the same storage; `false` when it cannot. */
  mountBlob?(digest: Digest, from: string): Promise<boolean>;
}

/** A manifest or blob as it is sent: whole or in part. Nothing opens before it is read. */
export interface ServedBytes {
  readonly descriptor: Descriptor;
  /** A sentence that people who use the client should see. */
  readonly warning?: string | undefined;
  /** Reads the bytes of `[start, end)`, by default all of them. */
  read(start?: number, end?: number): ByteStream;
}

/** A blob on its way in. Disposing of it before `commit` leaves no trace. */
export interface BlobWriter extends AsyncDisposable {
  /** The number of bytes that have come. */
  readonly size: number;
  /** Appends; when it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Makes what was written the blob of this digest.
   * @throws NixociError `DIGEST` when it hashes to something else.
   */
  commit(digest: Digest): Promise<void>;
}
