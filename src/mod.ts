/** nixoci: container images between any two places, as a library. The public names, all of them. */
export { build } from "./build/build.ts";
export type { BuildOptions, Built } from "./build/build.ts";
export type { Base } from "./build/base.ts";
export { checkSpec } from "./build/read.ts";
export { sourceOf } from "./build/source.ts";
export type { LayerSpec, Spec } from "./build/spec.ts";
export { copy } from "./copy.ts";
export type { CopiedImage, CopyOptions, CopyResult } from "./copy.ts";
export { pull } from "./pull.ts";
export type { Found, PullOptions, PullResult } from "./pull.ts";
export { prefetchArchive, prefetchDirectory } from "./prefetch.ts";
export type { Prefetched, PrefetchOptions } from "./prefetch.ts";
export type { BlobKind, CopyEvent, PlannedBlob } from "./events.ts";
export { NixociError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export { cat } from "./cat.ts";
export type { CatOptions } from "./cat.ts";
export { diff } from "./diff.ts";
export type { Aspect, Difference, DiffOptions } from "./diff.ts";
export { flatten } from "./flatten.ts";
export type { ArchiveOptions, ArchiveStyle, FlattenImageOptions } from "./flatten.ts";
export { flattened } from "./flatten/read.ts";
export type { FlattenOptions } from "./flatten/read.ts";
export type { ContentStore, FlatEntry, FlatTree, FlatType } from "./flatten/types.ts";
export { bundle } from "./unpack/bundle/mod.ts";
export { unpack } from "./unpack/unpack.ts";
export type { Unpacked, UnpackOptions } from "./unpack/unpack.ts";
export { ls } from "./ls.ts";
export type { ListedFile, ListOptions } from "./ls.ts";
export { inspect } from "./inspect.ts";
export type {
  ArtifactSummary,
  ImageSummary,
  IndexSummary,
  LayerSummary,
  Summary,
} from "./inspect.ts";

export { bytesOf, content, contentOf } from "./image/content.ts";
export type { Content } from "./image/content.ts";
export type { Descriptor } from "./image/descriptor.ts";
export { imageOf, rebuilt } from "./image/build.ts";
export type { Changes } from "./image/build.ts";
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

export { closureOf, mentionedIn, storePathAt } from "./nix/closure.ts";
export type { Mentions } from "./nix/closure.ts";
export { registrationOf } from "./nix/description/mod.ts";
export { formatHash, parseHash } from "./nix/hash.ts";
export type { HashFormat } from "./nix/hash.ts";
export { nar, narHash, narOf, narSum } from "./nix/nar.ts";
export type { NarFile, NarFolder, NarLink, NarNode, NarSum } from "./nix/nar.ts";
export { type KnownLayers, layersFrom, storeLayer } from "./nix/layer/mod.ts";
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
} from "./nix/layer/mod.ts";
export { layersOf } from "./nix/layering/mod.ts";
export type { LayeringOptions, Pipeline, Strategy } from "./nix/layering/mod.ts";
export type { Closure, PathInfo } from "./nix/path-info.ts";
export { imageOfPlan, readPlan, writePlan } from "./nix/plan/mod.ts";
export type { History, Plan, PlanConfig, PlanLayer, PlanOptions } from "./nix/plan/mod.ts";
export { openStore } from "./nix/store.ts";
export type { Store, StoreOptions } from "./nix/store.ts";
export { findStorePaths, isStorePath, parseStorePath, storePathOf } from "./nix/store-path.ts";
export type { StorePath } from "./nix/store-path.ts";

export { compress } from "./steps/compress.ts";
export type { KnownBlobs, Recompression } from "./steps/compress.ts";
export { format } from "./steps/format.ts";
export { mapImages } from "./steps/images.ts";
export { oneImage } from "./steps/one-image.ts";
export { pin } from "./steps/pin.ts";
export { platform } from "./steps/platform.ts";

export { cache, cacheFolder } from "./cache.ts";
export type { Cache } from "./cache.ts";
export { cacheUse, clearCache } from "./cache-use.ts";
export type { CacheUse } from "./cache-use.ts";
export { openSink, openSource, transportOf } from "../transports/mod.ts";
export { headDigest, listTags, login, logout } from "../transports/registry/mod.ts";
