/** A registry and a sink for it, a blob to push, and what was sent for it. */
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { digestOf } from "../../../src/bytes/digest.ts";
import { contentOf } from "../../../src/image/content.ts";
import type { Sink } from "../../../src/image/root.ts";
import {
  type Fault,
  type LoggedRequest,
  type RegistryServer,
  type RegistryServerOptions,
  startRegistry,
} from "../../support/registry-server.ts";
import { sinkAt, type TestWorld, testWorld } from "./setup.ts";

export const BYTES = randomBytes(1_000_000);
export const BLOB = contentOf("application/octet-stream", BYTES);
const CREDS = { registry: { creds: "me:secret" } };

export interface Setup {
  readonly registry: RegistryServer;
  readonly sink: Sink;
  readonly world: TestWorld;
  /** The requests that went out since, but for the first. */
  readonly sent: () => string[];
}

/** A registry and a sink for it; `spoil` sees the uploads' requests only. */
export async function setup(
  spoil?: (request: LoggedRequest, n: number) => Fault | undefined | Promise<Fault | undefined>,
  { chunkSize = 10_000_000, ...options }: RegistryServerOptions & { chunkSize?: number } = {},
): Promise<Setup> {
  let n = 0;
  const onRequest = (request: LoggedRequest) =>
    request.path.includes("/blobs/uploads/") ? spoil?.(request, ++n) : undefined;
  const registry = await startRegistry({ ...options, onRequest });
  const world = await testWorld({ chunkSize, patience: 2_000 });
  const sink = await sinkAt(
    `${registry.host}/app:v1`,
    options.basic || options.bearer ? CREDS : {},
    world,
  );
  const sent = () =>
    registry.log.slice(1).map(({ method, headers: { "content-length": length } }) =>
      method.startsWith("P") && method !== "POST" ? `${method} ${length}` : method
    );
  return { registry, sink, world, sent };
}

/** The registry has the blob, and nothing half. */
export function expectStored(registry: RegistryServer): void {
  const stored = registry.repository("app").blobs.get(BLOB.descriptor.digest);
  expect(stored && digestOf(stored)).toBe(BLOB.descriptor.digest);
  expect(registry.uploads.size).toBe(0);
}
