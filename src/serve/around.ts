/** Joins the things that stand around a registry, and makes pages beside its API. */
import type { Around, RegistryAnswer } from "./call.ts";

/**
 * Joins what stands around a registry, the outermost first.
 * @example
 * ```ts
 * import { createJoinedAround, createMemoryStorage, createPage, serveRegistry } from "nixoci";
 * const health = createPage("/healthz", async () => ({ status: 200, body: Buffer.from("ok") }));
 * const registry = await serveRegistry(createMemoryStorage(), {
 *   around: createJoinedAround([health]),
 * });
 * console.log(await (await fetch(`${registry.url}/healthz`)).text()); // ok
 * await registry.stop();
 * ```
 */
export function createJoinedAround(all: readonly Around[]): Around {
  return all.reduceRight<Around>(
    (inner, outer) => (call, next) => outer(call, (call) => inner(call, next)),
    (call, next) => next(call),
  );
}

/**
 * Makes a page beside the registry's API, at exactly this path.
 * @example
 * ```ts
 * import { createMemoryStorage, createPage, serveRegistry } from "nixoci";
 * const around = createPage("/about", async () => ({ status: 200, body: Buffer.from("ours") }));
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * console.log(await (await fetch(`${registry.url}/about`)).text()); // ours
 * await registry.stop();
 * ```
 */
export function createPage(path: string, read: () => Promise<RegistryAnswer>): Around {
  return async (call, next) => {
    if (call.url.pathname !== path) return await next(call);
    const isRead = call.method === "GET" || call.method === "HEAD";
    return isRead ? await read() : { status: 405, headers: { allow: "GET, HEAD" } };
  };
}
