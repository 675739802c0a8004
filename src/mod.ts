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
export { cat } from "./flatten/cat.ts";
export type { CatOptions } from "./flatten/cat.ts";
export { diff } from "./flatten/diff.ts";
export type { Aspect, Difference, DiffOptions } from "./flatten/diff.ts";
export { flatten } from "./flatten/flatten.ts";
export type { ArchiveOptions, ArchiveStyle, FlattenImageOptions } from "./flatten/flatten.ts";
export { flattened } from "./flatten/read.ts";
export type { FlattenOptions } from "./flatten/read.ts";
export type { ContentStore, FlatEntry, FlatTree, FlatType } from "./flatten/types.ts";
export { bundle } from "./unpack/bundle/mod.ts";
export { unpack } from "./unpack/unpack.ts";
export type { Unpacked, UnpackOptions } from "./unpack/unpack.ts";
export { ls } from "./flatten/ls.ts";
export type { ListedFile, ListOptions } from "./flatten/ls.ts";
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
  Root,
  SideOptions,
  Sink,
  Source,
  Step,
  StepContext,
  Transport,
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

export { closureOf, mentionedIn, storePathAt } from "./nix/store/closure.ts";
export type { Mentions } from "./nix/store/closure.ts";
export { registrationOf } from "./nix/description/mod.ts";
export { formatHash, parseHash } from "./nix/formats/hash.ts";
export type { HashFormat } from "./nix/formats/hash.ts";
export { nar, narHash, narOf, narSum } from "./nix/formats/nar.ts";
export type { NarFile, NarFolder, NarLink, NarNode, NarSum } from "./nix/formats/nar.ts";
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
export type { Closure, PathInfo } from "./nix/formats/path-info.ts";
export { imageOfPlan, readPlan, writePlan } from "./plan/mod.ts";
export type { History, Plan, PlanConfig, PlanLayer, PlanOptions } from "./plan/mod.ts";
export { openStore } from "./nix/store/store.ts";
export type { Store, StoreOptions } from "./nix/store/store.ts";
export {
  findStorePaths,
  isStorePath,
  parseStorePath,
  storePathOf,
} from "./nix/formats/store-path.ts";
export type { StorePath } from "./nix/formats/store-path.ts";

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
export type { TransportOptions } from "../transports/mod.ts";
export type { RegistryOptions } from "../transports/registry/options.ts";
export { parsePlace } from "../transports/reference.ts";
export type { PlaceReference } from "../transports/reference.ts";
export { headDigest, listTags, login, logout } from "../transports/registry/mod.ts";
