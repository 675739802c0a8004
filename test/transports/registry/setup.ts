/** What the registry's tests share: surroundings of their own, and images in registries. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readContent } from "../../../src/image/content.ts";
import type { Image, Root } from "../../../src/image/root.ts";
import { parseReference } from "../../../src/image/reference.ts";
import type { Sink } from "../../../src/image/sink.ts";
import type { Source } from "../../../src/image/source.ts";
import { forgetLogin, keepLogin } from "../../../transports/registry/auth/login.ts";
import { makeImagePlace } from "../../../transports/reference.ts";
import type { RegistrySideOptions } from "../../../transports/registry/options.ts";
import * as reading from "../../../transports/registry/read/source.ts";
import { readTags } from "../../../transports/registry/read/tags.ts";
import * as writing from "../../../transports/registry/write/sink.ts";
import type { CanHeadManifest } from "../../../src/image/source.ts";
import { WORLD, type World } from "../../../transports/registry/world.ts";
import { image } from "../../support/images.ts";
import { SERVER } from "../../support/registry/certificates.ts";
import {
  type RegistryServer,
  seedBlob,
  seedManifest,
  startRegistry,
} from "../../support/registry-server.ts";
import type { TransportOptions } from "../../../transports/mod.ts";

/** Surroundings without files and environment, where pauses take no time but are written down. */
export interface TestWorld extends World {
  readonly pauses: number[];
}

export async function testWorld(changes: Partial<World> = {}): Promise<TestWorld> {
  const home = await mkdtemp(join(tmpdir(), "nixoci-home-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const pauses: number[] = [];
  return {
    ...WORLD,
    env: {},
    home,
    etc: join(home, "etc"),
    random: () => 0.5,
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    },
    ...changes,
    pauses,
  };
}

/** The transport's functions, by locations alone, in surroundings that a test may give. */
export async function openSource(
  location: string,
  options?: RegistrySideOptions,
  world?: World,
): Promise<Source & CanHeadManifest> {
  return await reading.openSource(makeImagePlace(parseReference(location)), options, world);
}

export async function openSink(location: string, options?: RegistrySideOptions, world?: World) {
  return await writing.openSink(makeImagePlace(parseReference(location)), options, world);
}

export async function headDigest(location: string, options?: RegistrySideOptions, world?: World) {
  const source = await openSource(location, options, world);
  try {
    return await source.headManifest();
  } finally {
    await source[Symbol.asyncDispose]();
  }
}

export async function listTags(
  location: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<string[]> {
  return await readTags(parseReference(location), options, world);
}

export async function login(
  host: string,
  credentials: Parameters<typeof keepLogin>[1],
  options: RegistrySideOptions = {},
  world = WORLD,
) {
  return await keepLogin(host, credentials, options, world);
}

export async function logout(
  host?: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<string[]> {
  return await forgetLogin(host, options, world);
}

/** An image that lies in the registry as if it had been pushed. */
export async function seedImage(
  registry: RegistryServer,
  name: string,
  tag: string,
  root?: Image,
): Promise<Image> {
  const put = root ?? await image();
  const repository = registry.repository(name);
  for (const blob of [put.config, ...put.layers]) {
    seedBlob(repository, await readContent(blob, 1 << 28));
  }
  const bytes = await readContent(put.manifest, 1 << 22);
  seedManifest(repository, put.manifest.descriptor.mediaType, bytes, tag);
  return put;
}

/** A registry with TLS and an image `app:v1`. */
export async function tlsRegistry(more: object = {}): Promise<RegistryServer> {
  const registry = await startRegistry({ tls: { ...SERVER, ...more } });
  await seedImage(registry, "app", "v1");
  return registry;
}

/** A source that is closed when the test is over. */
export async function sourceAt(
  location: string,
  options: TransportOptions = {},
  world?: World,
): Promise<Source> {
  const source = await openSource(location, options, world ?? await testWorld());
  onTestFinished(async () => await source[Symbol.asyncDispose]());
  return source;
}

/** A sink that is closed when the test is over. */
export async function sinkAt(
  location: string,
  options: TransportOptions = {},
  world?: World,
): Promise<Sink> {
  const sink = await openSink(location, options, world ?? await testWorld());
  onTestFinished(async () => await sink[Symbol.asyncDispose]());
  return sink;
}

/** What the location names, which must be an image. */
export async function resolveImage(
  location: string,
  options?: TransportOptions,
  world?: World,
): Promise<Image> {
  return asImage(await (await sourceAt(location, options, world)).resolve());
}

export function asImage(root: Root): Image {
  if (root.kind !== "image") throw new Error(`not an image but an ${root.kind}`);
  return root;
}
