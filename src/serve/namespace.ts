/** Registries that this one stands for, as mirrors are told which one is meant (`ns=docker.io`). */
import { type Around, createProblem } from "./call.ts";
import { matchPath } from "./routes.ts";

/** Returns what a repository of another registry is called here; `undefined` for one that is not. */
export type FindMirrored = (registry: string, repository: string) => string | undefined;

/**
 * Makes what reads a mirror's query, which containerd sends. A registry that we do not stand for has
 * nothing here: the same name may be another image.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
 * @example
 * ```ts
 * import { createMemoryStorage, createMirrorAround, serveRegistry } from "nixoci";
 * const around = createMirrorAround((registry, name) =>
 *   registry === "docker.io" ? `hub/${name}` : undefined
 * );
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * const answer = await fetch(`${registry.url}/v2/app/tags/list?ns=quay.io`);
 * console.log(answer.status); // 404
 * await registry.stop();
 * ```
 */
export function createMirrorAround(find: FindMirrored): Around {
  return async (call, next) => {
    const registry = call.url.searchParams.get("ns");
    const path = registry === null ? undefined : matchPath(call.url);
    if (registry === null || path === undefined) return await next(call);
    const name = find(registry, path.name);
    if (name === undefined) {
      return createProblem(404, "NAME_UNKNOWN", `this registry has nothing of ${registry}`);
    }
    const url = new URL(call.url);
    url.pathname = `/v2/${name}${url.pathname.slice(`/v2/${path.name}`.length)}`;
    const answer = await next({ ...call, url });
    return { ...answer, headers: { ...answer.headers, "oci-namespace": registry } };
  };
}
