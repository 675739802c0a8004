/**
 * Gives tokens to those who say who they are, by both of the ways that registries' clients have.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
import { type KeyObject, randomUUID } from "node:crypto";
import { collectStream } from "../../bytes/stream.ts";
import { type Around, createJsonAnswer, type RegistryAnswer, type RegistryCall } from "../call.ts";
import { type CheckPassword, readBasicCredentials } from "./basic.ts";
import { createSignedToken } from "./jwt.ts";
import { parseScopes, type TokenScope } from "./scope.ts";

/** Says which of the actions a user may do. */
export type AllowActions = (user: string, scope: TokenScope) => readonly string[];

/** The settings of a token service. */
export interface TokenServiceOptions {
  readonly check: CheckPassword;
  /** All that is asked for by default. */
  readonly allow?: AllowActions;
  /** Signs the tokens: Ed25519, P-256 or RSA. */
  readonly key: KeyObject;
  /** The name of the registry that they are for; `nixoci` by default. */
  readonly service?: string;
  /** Seconds that a token is good for; 300 by default. */
  readonly lifetime?: number;
}

const PATH = "/token";

/**
 * Makes the page that gives tokens, `/token`, which {@link createTokenAuth} takes.
 * @example
 * ```ts
 * import { generateKeyPairSync } from "node:crypto";
 * import { createMemoryStorage, createTokenService, serveRegistry } from "nixoci";
 * const { privateKey: key } = generateKeyPairSync("ed25519");
 * const around = createTokenService({ key, check: (user, password) => password === "secret" });
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * console.log((await fetch(`${registry.url}/token`)).status); // 401
 * await registry.stop();
 * ```
 */
export function createTokenService(options: TokenServiceOptions): Around {
  return async (call, next) => {
    if (call.url.pathname !== PATH) return await next(call);
    if (call.method === "GET") return await answerGet(call, options);
    if (call.method === "POST") return await answerPost(call, options);
    return { status: 405, headers: { allow: "GET, POST" } };
  };
}

async function answerGet(call: RegistryCall, options: TokenServiceOptions) {
  const [user, password] = readBasicCredentials(call.headers.authorization) ?? [];
  const verdict = user !== undefined && password !== undefined &&
    await options.check(user, password, call.client);
  if (typeof verdict === "object") return verdict;
  if (!verdict) {
    const challenge = `Basic realm="${options.service ?? SERVICE}", charset="UTF-8"`;
    const said = { errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] };
    return createJsonAnswer(401, said, { "www-authenticate": challenge });
  }
  return answerToken(user, parseScopes(call.url.searchParams.getAll("scope")), options);
}

const LARGEST_FORM = 64 * 1024;

async function answerPost(
  call: RegistryCall,
  options: TokenServiceOptions,
): Promise<RegistryAnswer> {
  const form = new URLSearchParams(String(await collectStream(call.body, LARGEST_FORM, "a form")));
  if (form.get("grant_type") !== "password") return refuseForm("unsupported_grant_type");
  const user = form.get("username") ?? "";
  const verdict = await options.check(user, form.get("password") ?? "", call.client);
  if (typeof verdict === "object") return verdict;
  if (!verdict) return refuseForm("invalid_grant");
  return answerToken(user, parseScopes(form.getAll("scope")), options);
}

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
function refuseForm(error: string): RegistryAnswer {
  return createJsonAnswer(error === "invalid_grant" ? 401 : 400, { error }, NOT_STORED);
}

/** The name of the registry that tokens are for, where none is given. */
export const SERVICE = "nixoci";

const LIFETIME = 300;
const NOT_STORED = { "cache-control": "no-store" };

function answerToken(
  user: string,
  asked: readonly TokenScope[],
  { allow, key, service = SERVICE, lifetime = LIFETIME }: TokenServiceOptions,
): RegistryAnswer {
  const now = Math.floor(Date.now() / 1000);
  const access = asked.map((scope) => ({
    ...scope,
    actions: allow?.(user, scope) ?? scope.actions,
  }))
    .filter(({ actions }) => actions.length > 0);
  const claims = { iss: service, aud: service, sub: user, iat: now, nbf: now, exp: now + lifetime };
  const token = createSignedToken({ ...claims, jti: randomUUID(), access }, key);
  const issued_at = new Date(now * 1000).toISOString();
  return createJsonAnswer(
    200,
    { token, access_token: token, expires_in: lifetime, issued_at },
    NOT_STORED,
  );
}
