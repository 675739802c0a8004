/** Lets in those who bear a token (RFC 6750). */
import type { KeyObject } from "node:crypto";
import { type Around, createProblem, type RegistryAnswer, type RegistryCall } from "../call.ts";
import { publicKeyOf, readToken } from "./jwt.ts";
import { formatScopes, hasAccess, readAccess, scopesOf, type TokenScope } from "./scope.ts";
import { SERVICE } from "./token-service.ts";

/** The tokens that are taken, and the place where clients get them. */
export interface TokenAuthOptions {
  /** The key that they are signed with, or its public one: Ed25519, P-256 or RSA. */
  readonly key: KeyObject;
  /** The address where they are given; a function is told what the client called us. */
  readonly realm: string | ((call: RegistryCall) => string);
  /** The name that they have us by (`aud`); `nixoci` by default. */
  readonly service?: string;
  /** The name of the one who gives them (`iss`); `service` by default. */
  readonly issuer?: string;
}

/**
 * Lets nobody in without a token, and to nothing that the token does not name.
 * @throws NixociError `UNSUPPORTED` for a key that tokens cannot be signed with.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { createMemoryStorage, createTokenAuth, serveRegistry } from "nixoci";
 * const { publicKey: key } = generateKeyPairSync("ed25519");
 * const around = createTokenAuth({ key, realm: "https://example.com/token" });
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * const { headers } = await fetch(`${registry.url}/v2/`);
 * console.log(headers.get("www-authenticate")); // Bearer realm="https://example.com/token",service="nixoci"
 * await registry.stop();
 * ```
 */
export function createTokenAuth(options: TokenAuthOptions): Around {
  const key = publicKeyOf(options.key);
  return async (call, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(call.headers.authorization ?? "") ?? [];
    const claims = token === undefined ? undefined : readToken(token, key);
    const needed = scopesOf(call);
    if (claims === undefined || !isGood(claims, options)) {
      return createChallenge(call, options, needed, token === undefined ? "" : "invalid_token");
    }
    if (!hasAccess(readAccess(claims["access"]), needed)) {
      return createChallenge(call, options, needed, "insufficient_scope");
    }
    const { sub } = claims;
    return await next({ ...call, ...(typeof sub === "string" && { user: sub }) });
  };
}

// In seconds: clocks differ.
const LEEWAY = 60;

function isGood(
  { iss, aud, exp, nbf }: Readonly<Record<string, unknown>>,
  { service = SERVICE, issuer = service }: TokenAuthOptions,
): boolean {
  const now = Date.now() / 1000;
  const isForUs = aud === service || Array.isArray(aud) && aud.includes(service);
  const isInTime = typeof exp === "number" && now < exp &&
    (nbf === undefined || typeof nbf === "number" && now > nbf - LEEWAY);
  return iss === issuer && isForUs && isInTime;
}

function createChallenge(
  call: RegistryCall,
  { realm, service = SERVICE }: TokenAuthOptions,
  needed: readonly TokenScope[],
  error: string,
): RegistryAnswer {
  const said = {
    realm: typeof realm === "string" ? realm : realm(call),
    service,
    ...(needed.length > 0 && { scope: formatScopes(needed) }),
    ...(error !== "" && { error }),
  };
  const words = Object.entries(said).map(([name, text]) =>
    `${name}="${text.replace(/["\\]/g, "\\$&").replace(/[^\x20-\x7e]/g, "?")}"`
  );
  const answer = createProblem(401, "UNAUTHORIZED", "authentication required");
  return {
    ...answer,
    headers: { ...answer.headers, "www-authenticate": `Bearer ${words.join(",")}` },
  };
}
