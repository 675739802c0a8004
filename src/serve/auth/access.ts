/** The rights that a call needs, in the words of the registries' token scopes. */
import type { RegistryCall } from "../call.ts";
import { matchPath } from "../routes.ts";

/** One thing that a call does in a repository. */
export interface RepositoryAccess {
  readonly repository: string;
  readonly actions: readonly ("pull" | "push" | "delete")[];
}

/**
 * Tells what a call needs to be allowed; nothing for `/v2/` itself.
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 * @example
 * ```ts
 * import { accessOf, createMemoryStorage, serveRegistry } from "nixoci";
 * const registry = await serveRegistry(createMemoryStorage(), {
 *   async around(call, next) {
 *     const isRead = accessOf(call).every(({ actions }) => actions.every((one) => one === "pull"));
 *     return isRead ? await next(call) : { status: 403 };
 *   },
 * });
 * const answer = await fetch(`${registry.url}/v2/app/blobs/uploads/`, { method: "POST" });
 * console.log(answer.status); // 403
 * await registry.stop();
 * ```
 */
export function accessOf(
  { method, url }: Pick<RegistryCall, "method" | "url">,
): RepositoryAccess[] {
  const path = matchPath(url);
  if (path === undefined) return [];
  const from = url.searchParams.get("from");
  return [
    { repository: path.name, actions: actionsOf(method, url) },
    ...(from === null ? [] : [{ repository: from, actions: ["pull" as const] }]),
  ];
}

function actionsOf(method: string, { pathname }: URL): RepositoryAccess["actions"] {
  if (/\/blobs\/uploads(?:\/[^/]*)?$/.test(pathname)) return ["pull", "push"];
  if (method === "GET" || method === "HEAD") return ["pull"];
  return method === "DELETE" ? ["delete"] : ["pull", "push"];
}
