/**
 * A registry for tests, in this process: `src/serve` over memory, with basic or token
 * authentication, and a hook that spoils any request.
 *
 * ```ts
 * const registry = await startRegistry({ onRequest: ({ method }, n) => n === 2 ? { reset: true } : undefined });
 * await openSource(`registry:${registry.host}/app:v1`);
 * ```
 */
import type { IncomingHttpHeaders } from "node:http";
import type { ServerOptions } from "node:https";
import { onTestFinished } from "vitest";
import { digestOf } from "../../src/bytes/digest.ts";
import type { Around, RegistryCall, RegistryHandler } from "../../src/serve/call.ts";
import { LIMITS } from "../../src/serve/limits.ts";
import { listen } from "../../src/serve/listen.ts";
import { registryOf } from "../../src/serve/routes.ts";
import {
  createMemoryStorage,
  type MemoryRepository,
  type MemoryWriter,
} from "../../src/serve/storages/memory.ts";
import { openUploads } from "../../src/serve/uploads.ts";
import {
  basicGuard,
  bearerGuard,
  type BearerOptions,
  type TokenRequest,
  type Users,
} from "./registry/auth.ts";
import { type Fault, spoil } from "./registry/fault.ts";
import { type Feature, keepState, lackFeatures } from "./registry/quirks.ts";

export type { Answer } from "./registry/answer.ts";
export type { BearerOptions, TokenRequest } from "./registry/auth.ts";
export type { Fault } from "./registry/fault.ts";
export { json, problem } from "./registry/answer.ts";

/** A request as it came, before it was answered. */
export interface LoggedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What it was answered, once it was. */
  status?: number;
}

export interface RegistryServerOptions {
  readonly basic?: Users;
  readonly bearer?: BearerOptions;
  /** Key and certificate; without them it speaks HTTP. */
  readonly tls?: ServerOptions;
  /** What the registry does not support. */
  readonly without?: readonly Feature[];
  /** Spoils the request, the `n`th (from 1) that came. */
  readonly onRequest?: (
    request: LoggedRequest,
    n: number,
  ) => Fault | undefined | Promise<Fault | undefined>;
}

export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`, for references. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly log: LoggedRequest[];
  readonly tokenRequests: readonly TokenRequest[];
  /** The uploads under way, by their IDs. Their bytes may be changed. */
  readonly uploads: ReadonlyMap<string, MemoryWriter>;
  /** How many connections were made. */
  readonly connections: number;
  repository(name: string): MemoryRepository;
  /** Begins an upload as if a client had; the path where it goes on. */
  beginUpload(name: string): Promise<string>;
  /** Forgets all uploads. */
  dropUploads(): Promise<void>;
  /** All tokens that were given out lose their force. */
  revokeTokens(): void;
  /** Can be replaced while it runs. */
  onRequest: RegistryServerOptions["onRequest"];
}

/** A registry that is gone when the test is over. */
export async function startRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const registry = await openRegistry(options);
  onTestFinished(() => registry[Symbol.asyncDispose]());
  return registry;
}

/** The same for code that cleans up by itself. */
export async function openRegistry(options: RegistryServerOptions = {}): Promise<RegistryServer> {
  const { without = [], basic, bearer, tls } = options;
  const guard = bearer ? await bearerGuard(bearer) : basic ? basicGuard(basic) : undefined;
  const storage = createMemoryStorage();
  const uploads = openUploads(LIMITS);
  const log: LoggedRequest[] = [];
  const script: Around = async (call, next) => {
    const entry = logged(call);
    const n = log.push(entry);
    const fault = await registry.onRequest?.(entry, n) ?? {};
    const answer = await spoil(fault)(call, next);
    if (!call.signal.aborted) entry.status = answer.status;
    return answer;
  };
  const arounds = [script, ...guard ? [guard.around] : [], keepState, lackFeatures(without)];
  const handler = arounds.reduceRight<RegistryHandler>(
    (next, around) => (call) => around(call, next),
    registryOf(storage, LIMITS, uploads),
  );
  const running = await listen(handler, {
    ...(tls && { tls }),
    // A bug of the registry's own must not go unseen; what a fault breaks is none.
    onError: (error) => String(error).includes("cut off") || console.error(error),
  });
  let connections = 0;
  running.server.on("connection", () => connections++);
  const registry: RegistryServer = {
    url: running.url,
    host: running.host,
    log,
    tokenRequests: guard?.tokenRequests ?? [],
    get uploads() {
      const writers = [...uploads.uploads].map(([id, { writer }]) =>
        [id, writer as MemoryWriter] as const
      );
      return new Map(writers);
    },
    get connections() {
      return connections;
    },
    repository: storage.repository,
    async beginUpload(name) {
      const upload = await uploads.add(name, () => storage.repository(name).beginBlob());
      return `/v2/${name}/blobs/uploads/${upload!.id}?_state=a%2Bb~c%3D`;
    },
    dropUploads: async () => await uploads[Symbol.asyncDispose](),
    revokeTokens: () => guard?.revoke(),
    onRequest: options.onRequest,
    async [Symbol.asyncDispose]() {
      await running.stop({ grace: 0 });
      await guard?.close();
    },
  };
  return registry;
}

function logged({ method, url, headers }: RegistryCall): LoggedRequest {
  return { method, path: url.pathname + url.search, headers };
}

/** Puts a manifest into the repository as if it had been pushed; its digest. */
export function seedManifest(
  repository: MemoryRepository,
  mediaType: string,
  bytes: Uint8Array,
  ...tags: string[]
): string {
  const digest = digestOf(bytes);
  repository.manifests.set(digest, { mediaType, bytes: Buffer.from(bytes) });
  for (const tag of tags) repository.tags.set(tag, digest);
  return digest;
}

/** The same for a blob. */
export function seedBlob(repository: MemoryRepository, bytes: Uint8Array): string {
  const digest = digestOf(bytes);
  repository.blobs.set(digest, Buffer.from(bytes));
  return digest;
}
