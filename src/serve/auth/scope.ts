/**
 * The scopes of tokens: what a client asks for, and what a token says that its bearer may do.
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
import { isObject } from "../../image/json.ts";
import type { RegistryCall } from "../call.ts";
import { accessOf } from "./access.ts";

/** One kind of thing, and what may be done with it. */
export interface TokenScope {
  /** `repository`, or `registry` for its catalog. */
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

// More are not asked for by any client.
const MOST = 100;

/** Parses scopes as they stand in queries: several in one text, several texts. */
export function parseScopes(texts: readonly string[]): TokenScope[] {
  return texts.flatMap((text) => text.split(" ")).slice(0, MOST).flatMap((text) => {
    const [, type, name, actions] = /^([a-z]+)(?:\([^)]*\))?:(.+):([a-z*,]+)$/.exec(text) ?? [];
    if (type === undefined || name === undefined || actions === undefined) return [];
    return [{ type, name, actions: actions.split(",") }];
  });
}

/**
 * Tells what a token must name for a call: nothing for `/v2/` itself. What is of all repositories (their
 * catalog, and the pages beside the API) needs the catalog's scope.
 */
export function scopesOf(call: Pick<RegistryCall, "method" | "url">): TokenScope[] {
  if (/^\/v2\/?$/.test(call.url.pathname)) return [];
  const needed = accessOf(call);
  if (needed.length === 0) return [{ type: "registry", name: "catalog", actions: ["*"] }];
  return needed.map(({ repository, actions }) => ({
    type: "repository",
    name: repository,
    actions,
  }));
}

/** Writes what a call needs as the scope to ask for. */
export function formatScopes(needed: readonly TokenScope[]): string {
  return needed.map(({ type, name, actions }) => `${type}:${name}:${actions.join(",")}`)
    .join(" ");
}

/** Reads the `access` of a token; what is not as it should be gives no right. */
export function readAccess(value: unknown): TokenScope[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => {
    if (!isObject(one)) return [];
    const { type, name, actions } = one;
    if (typeof type !== "string" || typeof name !== "string" || !Array.isArray(actions)) return [];
    return [{ type, name, actions: actions.map(String) }];
  });
}

/** Tells whether the scopes of a token hold all that a call needs. */
export function hasAccess(
  scopes: readonly TokenScope[],
  needed: readonly TokenScope[],
): boolean {
  return needed.every(({ type, name, actions }) => {
    const given = new Set(
      scopes.flatMap((scope) => scope.type === type && scope.name === name ? scope.actions : []),
    );
    return given.has("*") || actions.every((action) => given.has(action));
  });
}
