/**
 * nixoci: container images between any two places, as a library. The public names, all of them.
 * @module
 */
import "./base/runtime.ts";

export * from "./artifact/mod.ts";
export * from "./compose/mod.ts";
export * from "./copy/mod.ts";
export * from "./prove/mod.ts";
export * from "./pull/mod.ts";
export { useResources } from "./base/dispose.ts";
export type { Hold } from "./base/dispose.ts";
export { NixociError } from "./base/errors.ts";
export type { ErrorCode, Side } from "./base/errors.ts";
export type { Notice, NoticeCode, OnNotice } from "./base/notices.ts";
export * from "./explain/mod.ts";
export * from "./explore/mod.ts";
export * from "./flatten/mod.ts";
export * from "./sbom/mod.ts";
export * from "./unpack/mod.ts";
export * from "./sandbox/mod.ts";
export * from "./image/mod.ts";

export { digestOf, isDigest, parseDigest } from "./bytes/digest.ts";
export type { Digest } from "./bytes/digest.ts";
export type { ByteStream, Receiver, Shelf } from "./bytes/stream.ts";
export { openOutput } from "./bytes/disk/open-output.ts";
export type { OutputOptions } from "./bytes/disk/open-output.ts";
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
export * from "./layering/mod.ts";
export * from "./plan/mod.ts";

export * from "./steps/mod.ts";
export * from "./sync/mod.ts";

export * from "./cache/mod.ts";
export * from "../transports/mod.ts";
export { openBase } from "../transports/base.ts";
export type { ArchiveImage } from "../transports/base.ts";
export {
  checkLogin,
  headDigest,
  listRepositories,
  listTags,
  login,
  logout,
  type NamedBlob,
  openBlob,
  pingRegistry,
  readRateLimit,
} from "../transports/registry/mod.ts";
export type {
  LoginResult,
  RateLimit,
  RegistryPing,
  RegistryUser,
} from "../transports/registry/mod.ts";

export {
  type Garbage,
  type GarbageBlob,
  type GarbageOptions,
  removeGarbage,
} from "../transports/oci-dir/garbage.ts";
export {
  type LayoutRepository,
  openLayoutRepository,
} from "../transports/oci-dir/repository/mod.ts";
export type { BlobFile } from "../transports/oci-dir/repository/blob.ts";
export {
  type BlobEvictor,
  createBlobEvictor,
  type EvictionCounts,
  type EvictorOptions,
} from "../transports/oci-dir/eviction/mod.ts";
export * from "./verify/mod.ts";
export * from "./serve/mod.ts";
export * from "./shell/mod.ts";
export * from "./sign/mod.ts";
export * from "./channels/mod.ts";
