/**
 * A lockfile for images: it keeps what each tag named, as digests, to get the same images again.
 * @module
 */
export type { LockOptions } from "../bytes/disk/process-lock.ts";
export { type AddOptions, type AddResult, addToLock, removeFromLock } from "./add.ts";
export { type BlobDownload, listBlobDownloads, listLockedBlobs, type LockedBlob } from "./blobs.ts";
export {
  fetchLockedImages,
  type FetchOptions,
  type LockProblem,
  verifyLockedImages,
} from "./fetch.ts";
export { editLock, readLock } from "./file.ts";
export { encodeLock, parseLock } from "./format.ts";
export { createLockJsonSchema } from "./json-schema.ts";
export { importManifest, readLockedManifest } from "./manifest.ts";
export {
  EMPTY_LOCK,
  type Lock,
  LOCK_FILE,
  type LockedImage,
  type LockedPlatform,
} from "./model.ts";
export type { LockPlaces } from "./read.ts";
export type { WantedPlatforms } from "./platforms.ts";
export type { Registry } from "./registry.ts";
export { createLockedSource, type LockedSource, type LockedSourceOptions } from "./source.ts";
export {
  type BlobOwner,
  type BlobSupply,
  createFolderSupply,
  createRegistrySupply,
} from "./supply.ts";
export { checkLock, type Move, type MovedImage, type UpdatedImage, updateLock } from "./update.ts";
