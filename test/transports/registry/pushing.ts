/** A registry and a sink for it, a blob to push, and what was sent for it. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { contentOf } from "../../../src/image/content.ts";
import type { Sink } from "../../../src/image/sink.ts";
import {
  type Fault,
  type LoggedRequest,
  type RegistryServer,
  type RegistryServerOptions,
  startRegistry,
} from "../../support/registry-server.ts";
import { WORLD } from "../../../transports/registry/world.ts";
import { sinkAt, type TestWorld, testWorld } from "./setup.ts";

export const BYTES = randomBytes(1_000_000);
export const BLOB = contentOf("application/octet-stream", BYTES);
const CREDS = { registry: { creds: "me:secret" } };

export interface Setup {
  readonly registry: RegistryServer;
  readonly sink: Sink;
  readonly world: TestWorld;
  /** The requests that went out. */
  readonly sent: () => string[];
}

export interface SetupOptions extends RegistryServerOptions {
  /** The sink has learnt that nothing larger than so many bytes is taken at once. */
  readonly chunks?: number;
  readonly chunkSize?: number;
  readonly smallestChunk?: number;
}

/** A registry and a sink for it; `spoil` sees the uploads' requests only. */
export async function setup(
  spoil?: (request: LoggedRequest, n: number) => Fault | undefined | Promise<Fault | undefined>,
  { chunks, chunkSize = 10_000_000, smallestChunk, ...options }: SetupOptions = {},
): Promise<Setup> {
  let n = 0;
  const registry = await startRegistry(options);
  const world = await testWorld({
    chunkSize,
    smallestChunk: smallestChunk ?? (chunks ? 1 : WORLD.smallestChunk),
    patience: 2_000,
  });
  const sink = await sinkAt(
    `${registry.host}/app:v1`,
    options.basic || options.bearer ? CREDS : {},
    world,
  );
  if (chunks) await teach(registry, sink, chunks);
  registry.onRequest = (request) =>
    request.path.includes("/blobs/uploads/") ? spoil?.(request, ++n) : undefined;
  const sent = () =>
    registry.log.map(({ method, headers: { "content-length": length } }) =>
      method.startsWith("P") && method !== "POST" ? `${method} ${length}` : method
    );
  return { registry, sink, world, sent };
}

/** Lets the sink find out that it has to send chunks of so many bytes; then nothing has happened. */
async function teach(registry: RegistryServer, sink: Sink, size: number): Promise<void> {
  const content = contentOf("application/octet-stream", Buffer.alloc(2 * size));
  registry.onRequest = ({ headers }) =>
    Number(headers["content-length"]) > size ? { answer: { status: 413 } } : undefined;
  await sink.put({ kind: "blob", content });
  registry.log.splice(0);
  registry.repository("app").blobs.delete(content.descriptor.digest);
}

/** The registry has the blob, and nothing half. */
export function expectStored(registry: RegistryServer): void {
  const stored = registry.repository("app").blobs.get(BLOB.descriptor.digest);
  expect(stored && digestOf(stored)).toBe(BLOB.descriptor.digest);
  expect(registry.uploads.size).toBe(0);
}
