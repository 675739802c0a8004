/** Asks a registry how many pulls are left. */
import { useResources } from "../../src/base/dispose.ts";
import type { ImageReference } from "../../src/image/reference.ts";
import { openNamed } from "./open.ts";
import type { RegistrySideOptions } from "./options.ts";
import { ACCEPT } from "./read/manifest.ts";
import { WORLD } from "./world.ts";

/** The limit on pulls, as far as a registry tells it. */
export interface RateLimit {
  readonly host: string;
  /** Left out where it does not tell: it may have a limit all the same. */
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** The one who is counted: an address, or an account's ID. */
  readonly source?: string;
}

// Docker Hub's own, for this: https://docs.docker.com/docker-hub/usage/pulls/
const PREVIEW: ImageReference = {
  host: "docker.io",
  repository: "ratelimitpreview/test",
  tag: "latest",
};

/**
 * Asks how many pulls are left. It takes a HEAD, which does not count as one.
 * @param image one to ask about; by default Docker Hub's own for this.
 * @throws NixociError as reading the image does.
 * @example
 * ```ts
 * import { copy, createMemoryStorage, openSink, openSource, parseReference } from "nixoci";
 * import { readRateLimit, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink(`registry:${registry.host}/hello:v1`);
 * await copy(from, to);
 * const { remaining } = await readRateLimit(parseReference(`${registry.host}/hello:v1`));
 * console.log(remaining); // undefined
 * ```
 */
export async function readRateLimit(
  image: ImageReference = PREVIEW,
  options: RegistrySideOptions = {},
): Promise<RateLimit> {
  return await useResources(async (hold) => {
    const to = hold(await openNamed(image, "pull", options, WORLD));
    const reference = image.digest ?? image.tag ?? "latest";
    const ask = { method: "HEAD", to: `manifests/${reference}`, headers: ACCEPT, expect: [200] };
    return await to.ask(ask, async ({ headers, discard }) => {
      await discard();
      const [limit, windowSeconds] = readLimit(headers["ratelimit-limit"]);
      const [remaining] = readLimit(headers["ratelimit-remaining"]);
      const source = headers["docker-ratelimit-source"];
      return {
        host: image.host,
        ...limit !== undefined && { limit },
        ...remaining !== undefined && { remaining },
        ...windowSeconds !== undefined && { windowSeconds },
        ...source !== undefined && { source: String(source) },
      };
    });
  });
}

/** Reads `100;w=21600`. */
function readLimit(header: unknown): [number?, number?] {
  const [, count, seconds] = /^(\d{1,12})(?:\s*;\s*w=(\d{1,12}))?/.exec(String(header ?? "")) ?? [];
  return [count, seconds].map((text) => text === undefined ? undefined : Number(text)) as [
    number?,
    number?,
  ];
}
