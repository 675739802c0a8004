/**
 * `registry:[//][host[:port]/]repository[:tag][@digest]`: the distribution API.
 *
 * A session (`session.ts`) is how a repository is talked to: `http/` gets requests there and back,
 * `auth/` says who asks, `config/` where names lead. `read/` and `write/` are what the API is for.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
import { wrapError } from "../../src/base/errors.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import type { Sink } from "../../src/image/sink.ts";
import type { Source } from "../../src/image/source.ts";
import type { Transport } from "../../src/image/transport.ts";
import { openAll, openOne, parseLocation } from "./open.ts";
import { headManifest } from "./read/manifest.ts";
import { firstOf, repositorySource } from "./read/source.ts";
import { getTags } from "./read/tags.ts";
import { WORLD } from "./world.ts";
import { repositorySink } from "./write/sink.ts";
import type { RegistrySideOptions } from "./options.ts";

export { login, type LoginResult, logout } from "./auth/login.ts";
export { apiOrigin } from "./origin.ts";

// How many blobs at a time, unless the user says: more gain nothing on loopback.
const JOBS = 6;

/** Opens a repository to read from. Nothing is asked before `resolve`. */
export async function openSource(
  location: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Source> {
  const reference = parseLocation(location);
  return repositorySource(await openAll(reference, options, world), reference);
}

/** Opens a repository to write to. Nothing is asked before it is used. */
export async function openSink(
  location: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Sink> {
  const reference = parseLocation(location);
  const to = await openOne(reference, "pull,push", options, world);
  return repositorySink(to, reference, options.jobs ?? JOBS);
}

/**
 * Lists the tags of a repository, in the registry's order. A tag or digest in the location is not
 * looked at.
 * @throws NixociError `NOT_FOUND` when there is no such repository.
 * @example
 * ```ts
 * import { copy, listTags, createMemoryStorage, openSink, openSource, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink(`registry:${registry.host}/hello:v1`);
 * await copy(from, to);
 * console.log(await listTags(`${registry.host}/hello`)); // [ "v1" ]
 * ```
 */
export async function listTags(
  location: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<string[]> {
  const { host, repository } = parseLocation(location);
  const of = await openOne({ host, repository }, "pull", options, world);
  try {
    return await getTags(of);
  } catch (error) {
    throw wrapError(error, `Cannot list the tags of ${host}/${repository}`);
  } finally {
    await of[Symbol.asyncDispose]();
  }
}

/**
 * Asks what the location names now, without fetching the manifest where the registry says its
 * digest: the server's word, not proved.
 * @throws NixociError `NOT_FOUND` when there is no such image.
 * @example
 * ```ts
 * import { copy, headDigest, createMemoryStorage, openSink, openSource, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink(`registry:${registry.host}/hello:v1`);
 * await copy(from, to);
 * const { digest } = await headDigest(`${registry.host}/hello:v1`);
 * console.log(digest); // sha256:…
 * ```
 */
export async function headDigest(
  location: string,
  options: RegistrySideOptions = {},
  world = WORLD,
): Promise<Descriptor> {
  const reference = parseLocation(location);
  const places = await openAll(reference, options, world);
  try {
    const wanted = reference.digest ?? reference.tag ?? "latest";
    return await firstOf(places, reference, (session) => headManifest(session, wanted));
  } finally {
    for (const { session } of places) await session[Symbol.asyncDispose]();
  }
}

/** A repository in a registry. */
export const transport: Transport<RegistrySideOptions> = {
  scheme: "registry",
  aliases: ["docker"],
  source: (location, options) => openSource(location, options),
  sink: (location, options) => openSink(location, options),
};
