/** A registry in this process with images in it, as the lock reaches it. */
import { copy } from "../../../src/copy/copy.ts";
import type { Root } from "../../../src/image/root.ts";
import type { Registry } from "../../../src/lock/mod.ts";
import { openSink, openSource } from "../../../transports/mod.ts";
import { headDigest } from "../../../transports/registry/mod.ts";
import { artifact, image, index, sourceOf } from "../../support/images.ts";
import {
  type RegistryServer,
  type RegistryServerOptions,
  startRegistry,
} from "../../support/registry-server.ts";

/** What registries are, to the lock. */
export const registry: Registry = {
  open: (repository) => openSource(`registry:${repository}`),
  digestOf: async (repository, tag) => (await headDigest(`${repository}:${tag}`)).digest,
};

export interface Seeded {
  readonly server: RegistryServer;
  /** `127.0.0.1:PORT/app`. */
  readonly app: string;
  /** Puts a root under a name: `app:v1`. */
  push(name: string, root: Root): Promise<void>;
}

/** A registry without images. */
export async function seeded(options: RegistryServerOptions = {}): Promise<Seeded> {
  const server = await startRegistry(options);
  return {
    server,
    app: `${server.host}/app`,
    async push(name, root) {
      const to = await openSink(`registry:${server.host}/${name}`);
      try {
        await copy(sourceOf({ only: root }), to);
      } finally {
        await to[Symbol.asyncDispose]();
      }
    },
  };
}

export const AMD64 = { os: "linux", architecture: "amd64" };
export const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };
export const ARMV7 = { os: "linux", architecture: "arm", variant: "v7" };

/** An index as BuildKit makes it: images for platforms, and what attests them, for nobody. */
export async function multi(platforms = [AMD64, ARM64, ARMV7], text = "hello") {
  const images = await Promise.all(platforms.map((platform) =>
    image({
      platform,
      layers: [{ "etc/os": "shared" }, { "bin/app": `${text} ${platform.architecture}` }],
    })
  ));
  const root = index(
    [...images, artifact(text)],
    [...platforms, { os: "unknown", architecture: "unknown" }],
  );
  return { root, images, digest: root.manifest.descriptor.digest };
}
