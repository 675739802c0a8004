/** nixoci: container images between any two places, as a library. The public names, all of them. */
export * from "./compose/mod.ts";
export { copy } from "./copy/mod.ts";
export type { CopiedImage, CopyOptions, CopyResult } from "./copy/mod.ts";
export * from "./pull/mod.ts";
export type { BlobKind, CopyEvent, PlannedBlob } from "./copy/mod.ts";
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
export type { RandomAccess } from "./bytes/disk/random-access.ts";
export { createHashedOutput } from "./bytes/hashed-output.ts";
export type { HashedOutput } from "./bytes/hashed-output.ts";
export type { Output, WrapOutput } from "./bytes/output.ts";

/** The tar codec. */
export * as tar from "./tar/mod.ts";

/** Lockfiles: images pinned by digest. */
export * as lock from "./lock/mod.ts";

export * from "./nix/mod.ts";
export * from "./recipe/mod.ts";
export { layersOf } from "./layering/mod.ts";
export type { LayeringOptions, Pipeline, Strategy } from "./layering/mod.ts";
export * from "./plan/mod.ts";

export * from "./steps/mod.ts";

export * from "./cache/mod.ts";
export { openSink, openSource, transportOf } from "../transports/mod.ts";
export type { TransportOptions } from "../transports/mod.ts";
export type { RegistryOptions } from "../transports/registry/options.ts";
export { openBase } from "../transports/base.ts";
export { parsePlace } from "../transports/reference.ts";
export type { PlaceReference } from "../transports/reference.ts";
export { headDigest, listTags, login, logout } from "../transports/registry/mod.ts";

export {
  accessOf,
  createBasicAuth,
  createMemoryStorage,
  createSinkStorage,
  createSourceStorage,
  serveRegistry,
} from "./serve/mod.ts";
export type {
  Around,
  BlobWriter,
  ListenOptions,
  MemoryRepository,
  MemoryStorage,
  PushableRepository,
  RegistryAnswer,
  RegistryCall,
  RegistryHandler,
  RegistryLimits,
  RegistryStorage,
  RegistryUsers,
  RepositoryAccess,
  RepositorySink,
  RepositorySource,
  RunningRegistry,
  ServedBytes,
  ServedRepository,
  ServeOptions,
  SinkStorageOptions,
  SourceStorage,
} from "./serve/mod.ts";
