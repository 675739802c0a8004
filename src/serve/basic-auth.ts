/** Users and their passwords (RFC 7617). */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Around, createProblem, type RegistryAnswer } from "./call.ts";

/** Passwords by their users' names. */
export type RegistryUsers = Readonly<Record<string, string>>;

/**
 * Lets nobody in but these users, who may do everything. Without TLS anyone on the way can read
 * their passwords.
 * @param realm what people are told that they sign in to.
 * @example
 * ```ts
 * import { createBasicAuth, createMemoryStorage, serveRegistry } from "nixoci";
 * const around = createBasicAuth({ me: "secret" });
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * console.log((await fetch(`${registry.url}/v2/`)).status); // 401
 * await registry.stop();
 * ```
 */
export function createBasicAuth(users: RegistryUsers, realm = "nixoci"): Around {
  const challenge = `Basic realm="${realm.replace(/["\\]/g, "\\$&")}", charset="UTF-8"`;
  return async (call, next) =>
    isUser(users, call.headers.authorization) ? await next(call) : refuse(challenge);
}

function refuse(challenge: string): RegistryAnswer {
  const answer = createProblem(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } };
}

/** Tells whether the header names a user and the right password; the time it takes tells nothing. */
export function isUser(users: RegistryUsers, authorization = ""): boolean {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return false;
  const [, user = "", password = ""] = /^([^:]*):(.*)$/s
    .exec(Buffer.from(encoded, "base64").toString()) ?? [];
  const expected = Object.hasOwn(users, user) ? users[user] : undefined;
  const isSame = timingSafeEqual(hashOf(password), hashOf(expected ?? ""));
  return isSame && expected !== undefined;
}

/** Hashes a text, so that all are equally long. */
function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
