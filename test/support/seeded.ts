/** Roots of any kind in the registry of this process. */
import { contentOf, readContent } from "../../src/image/content.ts";
import { encodeJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import { parsePlatform } from "../../src/image/platform.ts";
import type { Artifact, Root } from "../../src/image/root.ts";
import { image, index } from "./images.ts";
import {
  type RegistryServer,
  type RegistryServerOptions,
  seedBlob,
  seedManifest,
  startRegistry,
} from "./registry-server.ts";

export const AMD = parsePlatform("linux/amd64");
export const ARM = parsePlatform("linux/arm64");

const LIMIT = 1 << 26;

/** Puts a root and all that it names into `app`, the root under the tags. */
export async function seedRoot(
  registry: RegistryServer,
  root: Root,
  ...tags: string[]
): Promise<void> {
  const repository = registry.repository("app");
  const blobs = root.kind === "image"
    ? [root.config, ...root.layers]
    : root.kind === "artifact"
    ? root.blobs
    : [];
  for (const blob of blobs) seedBlob(repository, await readContent(blob, LIMIT));
  if (root.kind === "index") {
    for (const child of root.children) await seedRoot(registry, await child.load());
  }
  const { mediaType } = root.manifest.descriptor;
  seedManifest(repository, mediaType, await readContent(root.manifest, LIMIT), ...tags);
}

/** A registry that has the root as `app:v1`. */
export async function registryWith(
  root: Root,
  options: RegistryServerOptions = {},
): Promise<RegistryServer> {
  const registry = await startRegistry(options);
  await seedRoot(registry, root, "v1");
  return registry;
}

/** An index for two platforms, with an attestation as BuildKit adds it. */
export async function attested() {
  const [amd, arm] = await Promise.all([AMD, ARM].map((platform) => image({ platform })));
  const attestation = await attestationOf();
  const unknown = { os: "unknown", architecture: "unknown" };
  return {
    amd: amd!,
    arm: arm!,
    attestation,
    all: index([amd!, arm!, attestation], [AMD, ARM, unknown]),
  };
}

async function attestationOf(): Promise<Artifact> {
  const config = (await image({ layers: [] })).config;
  const statement = contentOf("application/vnd.in-toto+json", Buffer.from("{}"));
  const manifest = { config: config.descriptor, layers: [statement.descriptor] };
  const mediaType = MEDIA_TYPES.oci.manifest;
  return {
    kind: "artifact",
    manifest: contentOf(mediaType, encodeJson({ schemaVersion: 2, mediaType, ...manifest })),
    blobs: [config, statement],
  };
}
