/** The pages of a binary cache of Nix, beside a registry's API. */
import type { Content } from "../../image/content.ts";
import type { Around, RegistryAnswer } from "../call.ts";
import { formatNarInfo, type HashedPath, narPathOf, type NarSigner } from "./narinfo.ts";

/** A store path that can be had. */
export interface CachedPath {
  readonly info: HashedPath;
  /** Its NAR. */
  readonly nar: Content;
}

/** The parts of a binary cache. */
export interface NixCacheOptions {
  /** Finds the store path whose name begins with these 32 characters. */
  readonly find: (hash: string) => Promise<CachedPath | undefined>;
  readonly signer?: NarSigner | undefined;
  /** `/nix/store` by default. */
  readonly storeDir?: string;
  /** Caches with a smaller number are asked first; 40 by default, as cache.nixos.org's. */
  readonly priority?: number;
}

/**
 * Makes the pages: `/nix-cache-info`, `/HASH.narinfo` and `/nar/…`.
 * @example
 * ```ts
 * import { createMemoryStorage, createNixCache, serveRegistry } from "nixoci";
 * const around = createNixCache({ find: async () => undefined });
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * const about = await fetch(`${registry.url}/nix-cache-info`);
 * console.log((await about.text()).split("\n")[0]); // StoreDir: /nix/store
 * await registry.stop();
 * ```
 */
export function createNixCache(options: NixCacheOptions): Around {
  return async (call, next) => {
    const { pathname } = call.url;
    const isAbout = pathname === "/nix-cache-info";
    const [, hash] = PATH_INFO.exec(pathname) ?? [];
    const [, narHash] = NAR.exec(pathname) ?? [];
    if (!isAbout && hash === undefined && narHash === undefined) return await next(call);
    if (call.method !== "GET" && call.method !== "HEAD") {
      return { status: 405, headers: { allow: "GET, HEAD" } };
    }
    if (isAbout) return answerText("text/x-nix-cache-info", describe(options));
    const found = await options.find(hash ?? narHash!);
    if (found === undefined) return answerText("text/plain", "404", 404);
    if (hash !== undefined) {
      return answerText("text/x-nix-narinfo", formatNarInfo(found.info, options.signer));
    }
    return pathname === `/${narPathOf(found.info)}`
      ? sendNar(found)
      : answerText("text/plain", "404", 404);
  };
}

const PATH_INFO = /^\/([0-9a-df-np-sv-z]{32})\.narinfo$/;
const NAR = /^\/nar\/([0-9a-df-np-sv-z]{32})-[0-9a-df-np-sv-z]{52}\.nar$/;

function describe({ storeDir = "/nix/store", priority = 40 }: NixCacheOptions): string {
  return `StoreDir: ${storeDir}\nWantMassQuery: 1\nPriority: ${priority}\n`;
}

function sendNar({ info, nar }: CachedPath): RegistryAnswer {
  const headers = { "content-type": "application/x-nix-nar", "content-length": `${info.narSize}` };
  return { status: 200, headers, body: nar.open() };
}

function answerText(type: string, text: string, status = 200): RegistryAnswer {
  return { status, headers: { "content-type": type }, body: Buffer.from(text) };
}
