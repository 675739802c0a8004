/**
 * A registry of the OCI distribution specification over anything that holds images.
 * @module
 */
import type { Around } from "./call.ts";
import { LIMITS, type RegistryLimits } from "./limits.ts";
import { listen, type ListenOptions, type RunningRegistry } from "./listen.ts";
import { registryOf } from "./routes.ts";
import type { RegistryStorage } from "./storage.ts";
import { openUploads } from "./uploads.ts";

export { accessOf, type RepositoryAccess } from "./auth/access.ts";
export {
  type CheckPassword,
  createBasicAuth,
  createRefusal,
  type PasswordVerdict,
  type RegistryUsers,
} from "./auth/basic.ts";
export { type GuessLimits, limitGuesses } from "./auth/guesses.ts";
export { createTokenAuth, type TokenAuthOptions } from "./auth/token.ts";
export {
  type AllowActions,
  createTokenService,
  type TokenServiceOptions,
} from "./auth/token-service.ts";
export type { TokenScope } from "./auth/scope.ts";
export type { Around, RegistryAnswer, RegistryCall, RegistryHandler } from "./call.ts";
export { createNixCatalog, type NixCatalogOptions } from "./nix-cache/catalog.ts";
export { createNarSigner, type HashedPath, type NarSigner } from "./nix-cache/narinfo.ts";
export { type CachedPath, createNixCache, type NixCacheOptions } from "./nix-cache/pages.ts";
export { createMirrorAround, type FindMirrored } from "./namespace.ts";
export { createJoinedAround, createPage } from "./around.ts";
export {
  createRegistryMetrics,
  METRICS_TYPE,
  type RegistryGauges,
  type RegistryMetrics,
} from "./metrics.ts";
export { type CallRecord, createCallWatcher } from "./watch.ts";
export type { RegistryLimits } from "./limits.ts";
export type { ClientRate } from "./pace.ts";
export type { ListenOptions, RunningRegistry } from "./listen.ts";
export type {
  BlobWriter,
  PushableRepository,
  RegistryStorage,
  ServedBytes,
  ServedRepository,
} from "./storage.ts";
export {
  createLayoutStorage,
  type LayoutStorageOptions,
  type ServableLayout,
} from "./storages/layouts.ts";
export { type CacheStorageOptions, createCacheStorage } from "./cached/storage.ts";
export { createUpstream, type UpstreamRepository } from "./cached/upstream.ts";
export type { CachingLayout } from "./cached/layout.ts";
export type { BlobReader, ReadableWriter } from "./cached/growing-blob.ts";
export type { KeptManifest, KeptManifests } from "./storages/manifests.ts";
export {
  createMemoryStorage,
  type MemoryRepository,
  type MemoryStorage,
  type MemoryWriter,
} from "./storages/memory.ts";
export {
  createSinkStorage,
  type RepositorySink,
  type SinkStorageOptions,
} from "./storages/sink.ts";
export {
  createSourceStorage,
  type RepositorySource,
  type SourceStorage,
} from "./storages/source.ts";

/** Options of a registry that is served. */
export interface ServeOptions extends ListenOptions {
  /** Other limits than the usual ones. */
  readonly limits?: Partial<RegistryLimits>;
  /** Stands around every call: {@link createBasicAuth} is one. */
  readonly around?: Around;
}

/** A registry that is served. */
export interface ServedRegistry extends RunningRegistry {
  /** Counts the uploads under way. */
  countUploads(): number;
}

/**
 * Serves what is in a storage to whatever speaks to registries: docker, podman, skopeo, crane, nixoci.
 * It listens on loopback, without TLS, on any free port, unless it is told otherwise.
 * @throws NixociError `IO` when it cannot listen there.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 * @example
 * ```ts
 * import { copy, listTags, createMemoryStorage, openSink, openSource, serveRegistry } from "nixoci";
 * const registry = await serveRegistry(createMemoryStorage());
 * const from = await openSource("oci-dir:in");
 * const to = await openSink(`registry:${registry.host}/hello:v1`);
 * await copy(from, to);
 * console.log(await listTags(`${registry.host}/hello`)); // [ "v1" ]
 * await to[Symbol.asyncDispose]();
 * await from[Symbol.asyncDispose]();
 * await registry.stop();
 * ```
 */
export async function serveRegistry(
  storage: RegistryStorage,
  options: ServeOptions = {},
): Promise<ServedRegistry> {
  const limits = { ...LIMITS, ...options.limits };
  const uploads = openUploads(limits);
  const answer = registryOf(storage, limits, uploads);
  const { around } = options;
  const running = await listen(around ? (call) => around(call, answer) : answer, options);
  const stop: RunningRegistry["stop"] = async (how) => {
    await running.stop(how);
    await uploads[Symbol.asyncDispose]();
  };
  const countUploads = (): number => uploads.uploads.size;
  return { ...running, countUploads, stop, [Symbol.asyncDispose]: () => stop() };
}
