/** Logging in and out: the same files and helpers that Docker, podman and skopeo use. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { withLock } from "../../../src/bytes/disk/process-lock.ts";
import { codeOf, NixociError, wrapError } from "../../../src/base/errors.ts";
import { isObject } from "../../../src/image/json.ts";
import {
  DOCKER_HUB,
  type ImageReference,
  parseReference,
  redactReference,
} from "../../../src/image/reference.ts";
import { checkVersion } from "../http/page.ts";
import { findNamedEndpoint } from "../config/endpoints.ts";
import { readRules } from "../config/registries-conf.ts";
import { RegistrySession } from "../session.ts";
import type { World } from "../world.ts";
import { credentialsOf } from "./credentials.ts";
import { type AuthFile, chooseKey, listAuthPaths, readAuthFile, readSection } from "./file.ts";
import { findHelper } from "./find-credentials.ts";
import { getFromHelper, putInHelper, removeFromHelper } from "./helper.ts";
import type { RegistrySideOptions } from "../options.ts";

/** The registry and the user of a login, and the place where the credentials were put. */
export interface LoginResult {
  readonly host: string;
  readonly username: string;
  /** A file's path, or a credential helper's name. */
  readonly storedIn: string;
}

/**
 * Proves the credentials at the registry, then keeps them; see `login`.
 * @throws NixociError `AUTH` when the registry refuses them; nothing is kept then.
 */
export async function keepLogin(
  host: string,
  { username, password }: { readonly username: string; readonly password: string },
  options: RegistrySideOptions,
  world: World,
): Promise<LoginResult> {
  const name = readHost(host);
  if (username === "" || password === "") {
    throw new NixociError("USAGE", `Cannot log in to ${name} without a user name and a password`);
  }
  await proveLogin(name, username, password, options, world);
  try {
    const storedIn = await keep(name, username, password, options, world);
    return { host: name, username, storedIn };
  } catch (error) {
    throw wrapError(error, `Cannot keep the credentials for ${name}`);
  }
}

/**
 * Forgets the credentials for a registry, or for all of them; see `logout`.
 * @returns the registries.
 * @throws NixociError `NOT_FOUND` when there are none.
 */
export async function forgetLogin(
  host: string | undefined,
  options: RegistrySideOptions,
  world: World,
): Promise<string[]> {
  const name = host === undefined ? undefined : readHost(host);
  const removed = new Set<string>();
  for (const path of listAuthPaths(options.registry?.authFile, world)) {
    await editFile(path, async (file) => {
      const before = removed.size;
      const auths = { ...isObject(file.json["auths"]) && file.json["auths"] };
      const entries = readSection(file, "auths");
      for (const registry of name === undefined ? entries.keys() : [name]) {
        const entry = entries.get(registry);
        for (const key of entry?.keys ?? []) delete auths[key];
        if (await removeLogin(file, registry, world, options.signal) || entry) {
          removed.add(registry);
        }
      }
      return removed.size === before ? undefined : { ...file.json, auths };
    });
  }
  if (removed.size > 0 || name === undefined) return [...removed];
  throw new NixociError("NOT_FOUND", `There are no credentials for ${name} to forget`);
}

async function removeLogin(
  file: AuthFile,
  host: string,
  world: World,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const helper = findHelper(file, [host]);
  if (helper === undefined || !await getFromHelper(helper, chooseKey(host), world, signal)) {
    return false;
  }
  await removeFromHelper(helper, chooseKey(host), world, signal);
  return true;
}

/**
 * Reads `host[:port]`, also as Docker Hub's old address is written, and behind a scheme: `registry:host`.
 * @throws NixociError `USAGE`.
 */
export function readHost(text: string): string {
  // `registry:5000` is a host's name and its port.
  const named = text.replace(/^(?:registry|docker):(?:\/\/)?(?!\d+\/?$)/, "");
  const bare = named.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "");
  const { host, repository } = parseIn(bare) ?? {};
  const isHost = repository === "any" || host === DOCKER_HUB && repository === "library/any";
  if (host !== undefined && isHost) return host;
  const shown = JSON.stringify(redactReference(text));
  throw new NixociError("USAGE", `${shown} is not a registry's host[:port]`, {
    hint: "write it as quay.io or localhost:5000",
  });
}

/** Reads a repository of the host; nothing where it is none. */
function parseIn(host: string): ImageReference | undefined {
  try {
    return parseReference(`${host}/any`);
  } catch {
    return undefined;
  }
}

async function proveLogin(
  host: string,
  username: string,
  password: string,
  { registry = {}, signal, onNotice }: RegistrySideOptions,
  world: World,
): Promise<void> {
  const rules = await readRules(registry.registriesConf, world);
  const to = new RegistrySession(
    findNamedEndpoint({ host, repository: "" }, rules, registry.tlsVerify),
    {
      action: "none",
      signal,
      onNotice,
      retries: registry.retry,
      certDir: registry.certDir,
      credentials: () => Promise.resolve(credentialsOf(username, password)),
    },
    world,
  );
  try {
    await to.ask(
      { method: "GET", to: "/v2/", expect: [200] },
      (reply) => checkVersion(reply, host),
    );
  } catch (error) {
    if (codeOf(error) !== "AUTH") throw wrapError(error, `Cannot log in to ${host}`);
    const message = `Cannot log in to ${host}: it refuses the user name or the password`;
    throw new NixociError("AUTH", message, { cause: error });
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

async function keep(
  host: string,
  username: string,
  secret: string,
  { registry = {}, signal }: RegistrySideOptions,
  world: World,
): Promise<string> {
  const [path = ""] = listAuthPaths(registry.authFile, world);
  let storedIn = path;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await editFile(path, async (file) => {
    const helper = findHelper(file, [host]);
    const key = chooseKey(host, path);
    const server = chooseKey(host);
    if (helper !== undefined) {
      await putInHelper(helper, { server, username, secret }, world, signal);
    }
    storedIn = helper ?? path;
    // As Docker does: an empty entry says that the helper has something.
    const auth = Buffer.from(`${username}:${secret}`).toString("base64");
    const entry = helper === undefined ? { auth } : {};
    const auths = { ...file.json["auths"] as Record<string, unknown> };
    for (const other of readSection(file, "auths").get(host)?.keys ?? []) delete auths[other];
    return { ...file.json, auths: { ...auths, [key]: entry } };
  }, {});
  return storedIn;
}

/** Replaces the file's JSON, under a lock; a file that is not there is left so without `fresh`. */
async function editFile(
  path: string,
  change: (file: AuthFile) => Promise<object | undefined>,
  fresh?: Record<string, unknown>,
): Promise<void> {
  const isThere = await readAuthFile(path) !== undefined;
  if (!isThere && fresh === undefined) return;
  await withLock(`${path}.nixoci-lock`, async () => {
    const file = await readAuthFile(path) ?? { path, json: fresh ?? {} };
    const changed = await change(file);
    if (changed === undefined) return;
    if (file.isNetrc) {
      throw new NixociError("UNSUPPORTED", `${path} is a netrc file, which is edited by hand`);
    }
    const text = `${JSON.stringify(changed, undefined, "\t")}\n`;
    await writeAtomicFile(path, text, { mode: 0o600, follow: true });
  });
}
