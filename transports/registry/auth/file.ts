/**
 * The files in which Docker's and the containers' tools keep credentials: `config.json` and
 * `auth.json`, which have the same shape; and netrc files.
 * @see https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
import { basename, join } from "node:path";
import { readSmallFileIfThere } from "../../../src/bytes/disk/small-file.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { isObject } from "../../../src/image/json.ts";
import { DOCKER_HUB } from "../../../src/image/reference.ts";
import { configHomeOf, runtimeDirOf, type World } from "../world.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { isNetrc, parseNetrc } from "./netrc.ts";
import { parseSecretJsonWhole } from "./secret-json.ts";

export interface AuthFile {
  readonly path: string;
  /** The whole of it: what we do not know is kept. */
  readonly json: Readonly<Record<string, unknown>>;
  /** It is written in another way, and not ours to change. */
  readonly isNetrc?: boolean;
}

/** Docker Hub's key in `config.json`, from the days of its first API. */
const LEGACY_HUB_KEY = "https://index.docker.io/v1/";

/**
 * Lists the files that credentials are looked for in, in this order: those that the environment
 * names come before the usual ones, and of these Docker's before the containers' tools'. An order of
 * our own, in which what was given to any of docker, crane, podman and skopeo is found, and a login
 * first where it was put.
 */
export function listAuthPaths(given: string | undefined, world: World): string[] {
  if (given !== undefined) return [given];
  const { NIXOCI_AUTH_FILE, DOCKER_CONFIG, REGISTRY_AUTH_FILE } = world.env;
  const session = runtimeDirOf(world);
  return keepGivenPaths(
    NIXOCI_AUTH_FILE,
    DOCKER_CONFIG && join(DOCKER_CONFIG, "config.json"),
    REGISTRY_AUTH_FILE,
    !DOCKER_CONFIG && join(world.home, ".docker/config.json"),
    session && join(session, "containers/auth.json"),
    join(configHomeOf(world), "containers/auth.json"),
  );
}

/**
 * Lists the files that are read after those, and never written: netrc files, and the one where
 * nix2container's users put what the builds of the Nix daemon are to have.
 */
export function listFallbackPaths(world: World): string[] {
  const { NETRC } = world.env;
  return keepGivenPaths(NETRC || join(world.home, ".netrc"), join(world.etc, "skopeo/auth.json"));
}

function keepGivenPaths(...paths: readonly (string | false | undefined)[]): string[] {
  return paths.filter((path) => typeof path === "string" && path !== "") as string[];
}

/**
 * Reads the file; `undefined` when there is none. An empty one is as good as `{}`. A netrc file is read as
 * if it said the same in JSON.
 */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const bytes = await readSmallFileIfThere(path).catch((error) => {
    throw wrapError(error, `Cannot read the credentials in ${path}`);
  });
  if (bytes === undefined) return undefined;
  const text = bytes.toString();
  if (isNetrc(text)) {
    return { path, json: { auths: Object.fromEntries(parseNetrc(text)) }, isNetrc: true };
  }
  return { path, json: text.trim() === "" ? {} : parseSecretJsonWhole(text, path) };
}

/** One registry's entry in a file. */
export interface Entry {
  /** All spellings of the registry's name in the file. */
  readonly keys: readonly string[];
  /** The value at the spelling that we would write; else at the first. */
  readonly value: unknown;
}

/** A part of the file that maps registries to something, by their names as references have them. */
export function readSection(
  { json, path }: AuthFile,
  key: "auths" | "credHelpers",
): ReadonlyMap<string, Entry> {
  const table = json[key] ?? {};
  if (!isObject(table)) throw new NixociError("MALFORMED", `${path}: ${key} is not an object`);
  const found = new Map<string, Entry>();
  for (const [key, value] of Object.entries(table)) {
    const name = normalizeKey(key);
    const known = found.get(name);
    const keys = [...known?.keys ?? [], key];
    found.set(name, known && key !== chooseKey(name, path) ? { ...known, keys } : { keys, value });
  }
  return found;
}

/** `https://host/v1/` is an old way of writing `host`; `host/path` is for a part of the registry. */
function normalizeKey(key: string): string {
  const name = /^https?:\/\/([^/]+)/.exec(key)?.[1] ?? key.replace(/\/+$/, "");
  return name.replace(/^(index|registry-1)\.docker\.io(?=\/|$)/, DOCKER_HUB);
}

/** Lists the names under which credentials for the repository may be, the most particular first. */
export function listAuthNames(host: string, repository: string): string[] {
  const parts = repository === "" ? [] : repository.split("/");
  const names = parts.map((_, i) => `${host}/${parts.slice(0, parts.length - i).join("/")}`);
  return [...names, host];
}

/** Lists the same in a netrc file, which knows machines, and of ports only what somebody writes there. */
export function listMachines(host: string): string[] {
  return [...new Set([host, host.replace(/:\d+$/, "")])];
}

/** Returns a host's key in a file of this name, and for credential helpers. */
export function chooseKey(host: string, path?: string): string {
  const isDockers = path === undefined || basename(path) === "config.json";
  return host === DOCKER_HUB && isDockers ? LEGACY_HUB_KEY : host;
}

/** Decodes `user:password`, in base64. */
function decodePair(auth: unknown): [username: string, password: string] | undefined {
  if (typeof auth !== "string") return undefined;
  const pair = Buffer.from(auth, "base64").toString().replace(/\0+$/, "");
  const colon = pair.indexOf(":");
  return colon > 0 ? [pair.slice(0, colon), pair.slice(colon + 1)] : undefined;
}

/** Reads the credentials in an entry of `auths`; empty entries stand for "in the helper". */
export function readCredentials(entry: unknown, path: string): Credentials | undefined {
  if (!isObject(entry)) return undefined;
  const { auth, username, password, identitytoken, registrytoken } = entry;
  if (typeof registrytoken === "string" && registrytoken !== "") {
    return { kind: "token", token: registrytoken };
  }
  if (typeof identitytoken === "string" && identitytoken !== "") {
    const [name = username] = decodePair(auth) ?? [];
    const isNamed = typeof name === "string" && name !== "";
    return { kind: "identity", token: identitytoken, ...(isNamed && { username: name }) };
  }
  if (typeof auth === "string" && auth !== "") {
    const pair = decodePair(auth);
    if (pair) return credentialsOf(...pair);
    throw new NixociError("MALFORMED", `${path} has an entry whose auth is not user:password`);
  }
  if (typeof username === "string" && typeof password === "string" && username !== "") {
    return credentialsOf(username, password);
  }
  return undefined;
}
