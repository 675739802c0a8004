/** A lockfile for images: it keeps what each tag named, as digests, to get the same images again. */
export { type Added, type AddOptions, addToLock, removeFromLock } from "./add.ts";
export { type BlobDownload, blobDownloads, listLockedBlobs, type LockedBlob } from "./blobs.ts";
export { fetchLocked, type FetchOptions, type Problem, verifyLocked } from "./fetch.ts";
export { editLock, readLock } from "./file.ts";
export { encodeLock, parseLock } from "./format.ts";
export { lockJsonSchema } from "./json-schema.ts";
export { importManifest, manifestOf } from "./manifest.ts";
export {
  EMPTY_LOCK,
  type Lock,
  LOCK_FILE,
  type LockedImage,
  type LockedPlatform,
} from "./model.ts";
export type { WantedPlatforms } from "./platforms.ts";
export type { Registry } from "./registry.ts";
export { createLockedSource, type LockedSource, type LockedSourceOptions } from "./source.ts";
export { type BlobOwner, type BlobSupply, folderSupply, registrySupply } from "./supply.ts";
export { checkLock, type Move, type MovedImage, type UpdatedImage, updateLock } from "./update.ts";
