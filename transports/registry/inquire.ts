/** Asks a registry about itself and us: is it there, who are we, what is in it. */
import { useResources } from "../../src/base/dispose.ts";
import { codeOf, NixociError, wrapError } from "../../src/base/errors.ts";
import { isRepository } from "../../src/image/reference.ts";
import { isObject } from "../../src/image/json.ts";
import type { SessionOptions } from "./ask.ts";
import { parseChallenges } from "./auth/challenge.ts";
import { readHost } from "./auth/login.ts";
import { findNamedEndpoint } from "./config/endpoints.ts";
import { readRules } from "./config/registries-conf.ts";
import { isAnswered } from "./http/failure.ts";
import { checkVersion } from "./http/page.ts";
import { createSessionOptions } from "./open.ts";
import type { RegistrySideOptions } from "./options.ts";
import { getPages } from "./read/pages.ts";
import { RegistrySession } from "./session.ts";
import { WORLD } from "./world.ts";

/** A registry that has answered. */
export interface RegistryPing {
  readonly host: string;
  /** The way in which it asks who we are; `none` where it does not. */
  readonly auth: "none" | "basic" | "bearer";
  /** Until it answered, the first connection among it. */
  readonly milliseconds: number;
}

/**
 * Finds out whether a registry answers; nobody has to be known there.
 * @example
 * ```ts
 * import { createMemoryStorage, pingRegistry, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * console.log((await pingRegistry(registry.host)).auth); // none
 * ```
 */
export async function pingRegistry(
  host: string,
  options: RegistrySideOptions = {},
): Promise<RegistryPing> {
  return await withHost(host, "none", options, async (to, name) => {
    const began = performance.now();
    const ask = { method: "GET", to: "/v2/", expect: [200, 401] };
    const auth = await to.ask(ask, async (reply) => {
      if (reply.status === 200) await checkVersion(reply, name);
      else await reply.discard();
      const [first] = parseChallenges(reply.headers["www-authenticate"]);
      if (reply.status === 200) return "none";
      return first?.scheme === "bearer" ? "bearer" : "basic";
    });
    return { host: name, auth, milliseconds: Math.round(performance.now() - began) };
  });
}

/** The user that we are at a registry. */
export interface RegistryUser {
  readonly host: string;
  /** Left out for a token, which says no name. */
  readonly username?: string;
}

/**
 * Proves the credentials that files and helpers have for a registry.
 * @throws NixociError `NOT_FOUND` where there are none, `AUTH` where the registry refuses them.
 * @example
 * ```ts
 * import { checkLogin, createMemoryStorage, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * console.log(await checkLogin(registry.host).catch(({ code }) => code)); // NOT_FOUND
 * ```
 */
export async function checkLogin(
  host: string,
  options: RegistrySideOptions = {},
): Promise<RegistryUser> {
  const name = readHost(host);
  const { credentials } = createSessionOptions(options, true, WORLD);
  const found = await credentials({ host: name, repository: "", tlsVerify: undefined });
  if (found === undefined) {
    throw new NixociError("NOT_FOUND", `There are no credentials for ${name}`, {
      hint: `store them with nixoci login ${name}`,
    });
  }
  try {
    await withHost(
      host,
      "none",
      options,
      (to) =>
        to.ask({ method: "GET", to: "/v2/", expect: [200] }, (reply) => checkVersion(reply, name)),
    );
  } catch (error) {
    if (codeOf(error) !== "AUTH") throw wrapError(error, `Cannot ask ${name}`);
    throw new NixociError("AUTH", `${name} refuses the credentials that are stored for it`, {
      cause: error,
      hint: `log in again: nixoci login ${name}`,
    });
  }
  return found.kind === "password" ? { host: name, username: found.username } : { host: name };
}

/**
 * Lists the repositories of a registry.
 * @throws NixociError `REFUSED` for registries that do not tell, as the public ones.
 * @example
 * ```ts
 * import { createMemoryStorage, listRepositories, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * console.log(await listRepositories(registry.host)); // []
 * ```
 */
export async function listRepositories(
  host: string,
  options: RegistrySideOptions = {},
): Promise<string[]> {
  return await withHost(host, "catalog", options, async (to, name) => {
    try {
      return await getPages(to, {
        what: "repositories",
        to: "/v2/_catalog?n=1000",
        parse: parseRepositories,
        sizeOf: (repository) => repository.length + '"",'.length,
      });
    } catch (error) {
      if (!isAnswered(error) || error.isTransient) throw error;
      throw new NixociError("REFUSED", `${name} does not list its repositories: ${error.message}`, {
        cause: error,
        hint: "public registries have no catalog; look for them at its web page",
      });
    }
  });
}

function parseRepositories(value: unknown, what: string): readonly string[] {
  const names = isObject(value) ? value["repositories"] ?? [] : undefined;
  if (!Array.isArray(names)) throw new NixociError("MALFORMED", `${what} is not a list`);
  return names.filter((name) => typeof name === "string" && isRepository(name));
}

async function withHost<T>(
  text: string,
  action: SessionOptions["action"],
  options: RegistrySideOptions,
  work: (to: RegistrySession, host: string) => Promise<T>,
): Promise<T> {
  const host = readHost(text);
  const { registriesConf, tlsVerify } = options.registry ?? {};
  const rules = await readRules(registriesConf, WORLD);
  const endpoint = findNamedEndpoint({ host, repository: "" }, rules, tlsVerify);
  const how = { ...createSessionOptions(options, true, WORLD), action };
  return await useResources((hold) => work(hold(new RegistrySession(endpoint, how, WORLD)), host));
}
