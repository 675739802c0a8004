/** nixoci: container images between any two places, as a library. The public names, all of them. */
export { build } from "./compose/build.ts";
export type { BuildOptions, Built } from "./compose/build.ts";
export type { Base } from "./compose/base.ts";
export { checkSpec } from "./compose/spec/read.ts";
export { sourceOf } from "./compose/source.ts";
export type { LayerSpec, Spec } from "./compose/spec/spec.ts";
export { copy } from "./copy/copy.ts";
export type { CopiedImage, CopyOptions, CopyResult } from "./copy/copy.ts";
export * from "./pull/mod.ts";
export type { BlobKind, CopyEvent, PlannedBlob } from "./copy/events.ts";
export { NixociError } from "./base/errors.ts";
export type { ErrorCode, Side } from "./base/errors.ts";
export type { Notice, NoticeCode, OnNotice } from "./base/notices.ts";
export * from "./flatten/mod.ts";
export * from "./unpack/mod.ts";
export * from "./image/mod.ts";

export { digestOf, isDigest, parseDigest } from "./bytes/digest.ts";
export type { Digest } from "./bytes/digest.ts";
export type { ByteStream } from "./bytes/stream.ts";
export { openFile } from "./bytes/disk/file.ts";
export type { OpenFile } from "./bytes/disk/file.ts";
export type { RandomAccess } from "./bytes/disk/random.ts";
export { hashedOutput } from "./bytes/hashed-output.ts";
export type { HashedOutput } from "./bytes/hashed-output.ts";
export type { Output, Through } from "./bytes/output.ts";

/** The tar codec. */
export * as tar from "./tar/mod.ts";

/** Lockfiles: images pinned by digest. */
export * as lock from "./lock/mod.ts";

export * from "./nix/mod.ts";
export { layersFrom, storeLayer } from "./recipe/mod.ts";
export type {
  FileContent,
  LayerOptions,
  LayerRecipe,
  LayerStyle,
  LayerSum,
  MadeAttributes,
  MadeEntry,
  MadeFile,
  MadeFolder,
  MadeHardlink,
  MadeSymlink,
  Perm,
  RecipePath,
  Rewrite,
  StoreLayer,
  StoreRoot,
} from "./recipe/mod.ts";
export { layersOf } from "./layering/mod.ts";
export type { LayeringOptions, Pipeline, Strategy } from "./layering/mod.ts";
export { imageOfPlan, readPlan, writePlan } from "./plan/mod.ts";
export type { History, Plan, PlanConfig, PlanLayer, PlanOptions } from "./plan/mod.ts";

export * from "./steps/mod.ts";

export { cache, cacheFolder, cacheUse, clearCache } from "./cache/mod.ts";
export type { Cache, CacheUse, KnownBases, KnownBlobs, KnownLayers } from "./cache/mod.ts";
export { openSink, openSource, transportOf } from "../transports/mod.ts";
export { parsePlace } from "../transports/reference.ts";
export type { PlaceReference } from "../transports/reference.ts";
export { headDigest, listTags, login, logout } from "../transports/registry/mod.ts";
