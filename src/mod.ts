/** nixoci: container images between any two places, as a library. The public names, all of them. */
export { build } from "./compose/build.ts";
export type { BuildOptions, Built } from "./compose/build.ts";
export type { Base } from "./compose/base.ts";
export { checkSpec } from "./compose/spec/read.ts";
export { sourceOf } from "./compose/source.ts";
export type { LayerSpec, Spec } from "./compose/spec/spec.ts";
export { copy } from "./copy/copy.ts";
export type { CopiedImage, CopyOptions, CopyResult } from "./copy/copy.ts";
export { pull } from "./pull/pull.ts";
export type { Found, PullOptions, PullResult } from "./pull/pull.ts";
export { prefetchArchive, prefetchDirectory } from "./pull/prefetch.ts";
export type { Prefetched, PrefetchOptions } from "./pull/prefetch.ts";
export type { BlobKind, CopyEvent, PlannedBlob } from "./copy/events.ts";
export { NixociError } from "./base/errors.ts";
export type { ErrorCode } from "./base/errors.ts";
export { cat, diff, flatten, flattened, ls } from "./flatten/mod.ts";
export type {
  ArchiveOptions,
  ArchiveStyle,
  Aspect,
  CatOptions,
  ContentStore,
  Difference,
  DiffOptions,
  FlatEntry,
  FlattenImageOptions,
  FlattenOptions,
  FlatTree,
  FlatType,
  ListedFile,
  ListOptions,
  Selection,
} from "./flatten/mod.ts";
export { bundle, unpack } from "./unpack/mod.ts";
export type { Adaptations, LeftOut, Unpacked, UnpackOptions } from "./unpack/mod.ts";
export { inspect } from "./image/inspect.ts";
export type {
  ArtifactSummary,
  ImageSummary,
  IndexSummary,
  LayerSummary,
  Summary,
} from "./image/inspect.ts";

export { bytesOf, content, contentOf } from "./image/content.ts";
export type { Content } from "./image/content.ts";
export type { Descriptor } from "./image/descriptor.ts";
export { imageOf, rebuilt } from "./image/assemble.ts";
export type { Changes } from "./image/assemble.ts";
export { rootOf } from "./image/load.ts";
export { MEDIA_TYPES } from "./image/media-types.ts";
export type { Format } from "./image/media-types.ts";
export { formatPlatform, hostPlatform, parsePlatform } from "./image/platform.ts";
export type { Platform } from "./image/platform.ts";
export { familiarName, formatReference, parseReference } from "./image/reference.ts";
export type { ImageReference } from "./image/reference.ts";
export { scratch } from "./image/scratch.ts";
export type { Scratch, ScratchFile } from "./image/scratch.ts";
export type {
  Artifact,
  Child,
  Image,
  Index,
  Layer,
  Named,
  ProvedFiles,
  RegistryOptions,
  Root,
  Sink,
  Source,
  Step,
  StepContext,
  Transport,
  TransportOptions,
} from "./image/root.ts";

export { digestOf, isDigest, parseDigest } from "./bytes/digest.ts";
export type { Digest } from "./bytes/digest.ts";
export type { ByteStream } from "./bytes/stream.ts";
export { hashedOutput } from "./bytes/hashed-output.ts";
export type { HashedOutput } from "./bytes/hashed-output.ts";
export type { Output, Through } from "./bytes/output.ts";

/** The tar codec. */
export * as tar from "./tar/mod.ts";

/** Lockfiles: images pinned by digest. */
export * as lock from "./lock/mod.ts";

export {
  closureOf,
  findStorePaths,
  formatHash,
  isStorePath,
  mentionedIn,
  nar,
  narHash,
  narOf,
  narSum,
  openStore,
  parseHash,
  parseStorePath,
  registrationOf,
  storePathAt,
  storePathOf,
} from "./nix/mod.ts";
export type {
  Closure,
  HashFormat,
  Mentions,
  NarFile,
  NarFolder,
  NarLink,
  NarNode,
  NarSum,
  PathInfo,
  Store,
  StoreOptions,
  StorePath,
} from "./nix/mod.ts";
export { type KnownLayers, layersFrom, storeLayer } from "./recipe/mod.ts";
export type {
  LayerOptions,
  LayerRecipe,
  LayerStyle,
  LayerSum,
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

export { compress } from "./steps/compress.ts";
export type { KnownBlobs, Recompression } from "./steps/compress.ts";
export { format } from "./steps/format.ts";
export { mapImages } from "./steps/images.ts";
export { oneImage } from "./steps/one-image.ts";
export { pin } from "./steps/pin.ts";
export { platform } from "./steps/platform.ts";

export { cache, cacheFolder } from "./cache/cache.ts";
export type { Cache } from "./cache/cache.ts";
export { cacheUse, clearCache } from "./cache/use.ts";
export type { CacheUse } from "./cache/use.ts";
export { openSink, openSource, transportOf } from "../transports/mod.ts";
export { headDigest, listTags, login, logout } from "../transports/registry/mod.ts";
