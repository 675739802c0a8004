/** Users and their passwords (RFC 7617). */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Around, createProblem, type RegistryAnswer } from "../call.ts";

/** Passwords by their users' names. */
export type RegistryUsers = Readonly<Record<string, string>>;

/** The verdict on a password: right, wrong, or the answer to a client whose password is not looked at. */
export type PasswordVerdict = boolean | RegistryAnswer;

/** Tells whether a password is the user's. @param client the address that it came from. */
export type CheckPassword = (
  user: string,
  password: string,
  client: string,
) => PasswordVerdict | Promise<PasswordVerdict>;

/**
 * Lets nobody in but these users, who may do everything. Without TLS anyone on the way can read
 * their passwords.
 * @param users their passwords, or what checks them.
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
export function createBasicAuth(users: RegistryUsers | CheckPassword, realm = "nixoci"): Around {
  const challenge = `Basic realm="${realm.replace(/["\\]/g, "\\$&")}", charset="UTF-8"`;
  const check = typeof users === "function" ? users : isPasswordOf.bind(undefined, users);
  return async (call, next) => {
    const [user, password] = readBasicCredentials(call.headers.authorization) ?? [];
    if (user === undefined || password === undefined) return refuse(challenge);
    const verdict = await check(user, password, call.client);
    if (typeof verdict === "object") return verdict;
    return verdict ? await next({ ...call, user }) : refuse(challenge);
  };
}

/**
 * Makes the answer to a user who may not do that.
 * @example
 * ```ts
 * import { createRefusal } from "nixoci";
 * console.log(createRefusal("only ci may push").status); // 403
 * ```
 */
export function createRefusal(message: string): RegistryAnswer {
  return createProblem(403, "DENIED", message);
}

function refuse(challenge: string): RegistryAnswer {
  const answer = createProblem(401, "UNAUTHORIZED", "authentication required");
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } };
}

/** Reads the user and the password in a header. */
export function readBasicCredentials(
  authorization = "",
): [user: string, password: string] | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const [, user, password] = /^([^:]*):(.*)$/s
    .exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return user === undefined || password === undefined ? undefined : [user, password];
}

/** Tells whether the header names a user and the right password. */
export function isUser(users: RegistryUsers, authorization?: string): boolean {
  const [user = "", password = ""] = readBasicCredentials(authorization) ?? [];
  return isPasswordOf(users, user, password);
}

/** Tells whether a password is the user's; the time that it takes tells nothing. */
function isPasswordOf(users: RegistryUsers, user: string, password: string): boolean {
  const expected = Object.hasOwn(users, user) ? users[user] : undefined;
  const isSame = timingSafeEqual(hashOf(password), hashOf(expected ?? ""));
  return isSame && expected !== undefined;
}

/** Hashes a text, so that all are equally long. */
function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
