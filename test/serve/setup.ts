/** Registries to be asked by hand: no client of ours stands between the test and the answer. */
import { createConnection } from "node:net";
import { once } from "node:events";
import { expect, onTestFinished } from "vitest";
import { type Digest, digestOf } from "../../src/bytes/digest.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import {
  createMemoryStorage,
  type MemoryStorage,
  type RegistryStorage,
  type RunningRegistry,
  type ServedBytes,
  type ServeOptions,
  serveRegistry,
} from "../../src/serve/mod.ts";

export interface Asked {
  readonly registry: RunningRegistry;
  /** What went wrong on the registry's side. */
  readonly errors: unknown[];
  /** Sends a request to a path below `/v2/`. */
  ask(method: string, path: string, init?: AskOptions): Promise<Response>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | ReadableStream<Uint8Array>;
}

/** A registry that is stopped when the test is over. */
export async function served(storage: RegistryStorage, options: ServeOptions = {}): Promise<Asked> {
  const errors: unknown[] = [];
  const registry = await serveRegistry(storage, {
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => registry.stop({ grace: 0 }));
  return {
    registry,
    errors,
    ask: (method, path, init = {}) =>
      fetch(new URL(path, `${registry.url}/v2/`), {
        method,
        redirect: "manual",
        ...init as RequestInit,
        ...(init.body instanceof ReadableStream && { duplex: "half" }),
      }),
  };
}

/** A storage whose only repository has one blob. */
export function storeOf(findBlob: () => Promise<ServedBytes | undefined>): RegistryStorage {
  return {
    findRepository: () =>
      Promise.resolve({
        findBlob,
        findManifest: () => Promise.resolve(undefined),
        listTags: () => Promise.resolve([]),
        listReferrers: () => Promise.resolve([]),
      }),
  };
}

export interface MemoryAsked extends Asked {
  readonly storage: MemoryStorage;
}

/** The same over memory. */
export async function servedFromMemory(options?: ServeOptions): Promise<MemoryAsked> {
  const storage = createMemoryStorage();
  return { storage, ...await served(storage, options) };
}

export const BYTES = Buffer.from("0123456789");
export const DIGEST: Digest = digestOf(BYTES);

/** The answer's status and, of an error, its code. */
export async function verdictOf(answer: Response): Promise<string> {
  const text = await answer.text();
  if (answer.status < 400 || text === "") return `${answer.status}`;
  const { errors } = JSON.parse(text);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(errors[0].message).toMatch(/^[^\n]+$/);
  return `${answer.status} ${errors[0].code}`;
}

/** The answer's JSON, whose fields the test knows. */
export async function jsonOf<T extends object>(answer: Response): Promise<T> {
  return JSON.parse(await answer.text());
}

/** A manifest as bytes, with the blobs that it names. */
export function manifestBytes(more: Readonly<Record<string, unknown>> = {}): Buffer {
  const config = { mediaType: MEDIA_TYPES.oci.config, digest: DIGEST, size: BYTES.length };
  return encodeJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    config,
    layers: [],
    ...more,
  });
}

export const MANIFEST_HEADERS = { "content-type": MEDIA_TYPES.oci.manifest };

/** Pushes a manifest whose blobs are there; the answer. */
export function putManifest(
  { ask }: Asked,
  reference: string,
  bytes: Uint8Array = manifestBytes(),
  mediaType: string = MEDIA_TYPES.oci.manifest,
): Promise<Response> {
  const headers = { "content-type": mediaType };
  return ask("PUT", `app/manifests/${reference}`, { headers, body: bytes });
}

/** Pushes `BYTES` into `app`. */
export async function putBlob({ ask }: Asked, name = "app"): Promise<void> {
  const path = `${name}/blobs/uploads/?digest=${DIGEST}`;
  expect((await ask("POST", path, { body: BYTES })).status).toBe(201);
}

/** Sends text as it is over a connection; all that comes back until it is closed. */
export async function sendRaw(
  { registry }: Asked,
  text: string,
  { end = false } = {},
): Promise<string> {
  const socket = createConnection(Number(new URL(registry.url).port), "127.0.0.1");
  socket.on("error", () => {});
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (end) socket.end(text);
  else socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}
