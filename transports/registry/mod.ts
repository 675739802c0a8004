/**
 * `registry:[//][host[:port]/]repository[:tag][@digest]`: the distribution API.
 *
 * A session (`session.ts`) is how a repository is talked to: `http/` gets requests there and back,
 * `auth/` says who asks, `config/` where names lead. `read/` and `write/` are what the API is for.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
import { useResources } from "../../src/base/dispose.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import type { Content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { formatReference, type ImageReference, parseReference } from "../../src/image/reference.ts";
import type { Transport } from "../../src/image/transport.ts";
import { forgetLogin, keepLogin, type LoginResult } from "./auth/login.ts";
import type { RegistrySideOptions } from "./options.ts";
import { openNamed } from "./open.ts";
import { createBlobContent } from "./read/blob.ts";
import { createManifestContent } from "./read/manifest.ts";
import { openSource } from "./read/source.ts";
import { readTags } from "./read/tags.ts";
import { WORLD } from "./world.ts";
import { openSink } from "./write/sink.ts";

export type { LoginResult };
export {
  checkLogin,
  listRepositories,
  pingRegistry,
  type RegistryPing,
  type RegistryUser,
} from "./inquire.ts";
export { type RateLimit, readRateLimit } from "./rate-limit.ts";
export { apiOriginOf } from "./origin.ts";

/** A repository in a registry. */
export const transport: Transport<RegistrySideOptions> = {
  scheme: "registry",
  source: openSource,
  sink: openSink,
};

/**
 * Lists the tags of a repository, in the registry's order. A tag or digest beside it is not
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
  repository: string | ImageReference,
  options: RegistrySideOptions = {},
): Promise<string[]> {
  return await readTags(toReference(repository), options, WORLD);
}

/**
 * Asks what a reference names now, without fetching the manifest where the registry says its
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
  image: string | ImageReference,
  options: RegistrySideOptions = {},
): Promise<Descriptor> {
  return await useResources(async (hold) => {
    const reference = toReference(image);
    const place = { image: reference, location: formatReference(reference) };
    return await hold(await openSource(place, options)).headManifest();
  });
}

/** A blob as others name it. */
export interface NamedBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** It is a manifest or an index: registries have these at a place of their own. */
  readonly isManifest?: boolean;
}

/**
 * Opens one blob of a repository, which is fetched when its content is opened, and verified. No
 * mirror is asked. Disposing of it ends the connection.
 * @example
 * ```ts
 * import { copy, createMemoryStorage, openBlob, openSink, openSource, readContent, serveRegistry } from "nixoci";
 * await using registry = await serveRegistry(createMemoryStorage());
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink(`registry:${registry.host}/hello:v1`);
 * const { digest, size } = await copy(from, to).then(({ images }) => images[0]!.descriptor);
 * await using blob = await openBlob(`${registry.host}/hello`, { digest, size, isManifest: true });
 * console.log((await readContent(blob.content, 4096)).length === size); // true
 * ```
 */
export async function openBlob(
  repository: string | ImageReference,
  { digest, size, isManifest = false }: NamedBlob,
  options: RegistrySideOptions = {},
): Promise<AsyncDisposable & { readonly content: Content }> {
  const session = await openNamed(toReference(repository), "pull", options, WORLD);
  const descriptor = { mediaType: "application/octet-stream", digest, size };
  const create = isManifest ? createManifestContent : createBlobContent;
  return {
    content: create(session, descriptor),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/**
 * Proves the credentials at the registry, then keeps them: in the credential helper that the auth
 * file names, or else in the file itself (mode 0600).
 * @throws NixociError `AUTH` when the registry refuses them; nothing is kept then.
 * @example
 * ```ts
 * import { createBasicAuth, login, createMemoryStorage, serveRegistry } from "nixoci";
 * const around = createBasicAuth({ me: "secret" });
 * await using registry = await serveRegistry(createMemoryStorage(), { around });
 * const options = { registry: { authFile: "auth.json" } };
 * const { storedIn } = await login(registry.host, { username: "me", password: "secret" }, options);
 * console.log(storedIn); // auth.json
 * ```
 */
export async function login(
  host: string,
  credentials: { readonly username: string; readonly password: string },
  options: RegistrySideOptions = {},
): Promise<LoginResult> {
  return await keepLogin(host, credentials, options, WORLD);
}

/**
 * Forgets the credentials for a registry, or for all of them.
 * @returns the registries.
 * @throws NixociError `NOT_FOUND` when there are none.
 * @example
 * ```ts
 * import { createBasicAuth, login, logout, createMemoryStorage, serveRegistry } from "nixoci";
 * const around = createBasicAuth({ me: "secret" });
 * await using registry = await serveRegistry(createMemoryStorage(), { around });
 * const options = { registry: { authFile: "auth.json" } };
 * await login(registry.host, { username: "me", password: "secret" }, options);
 * const removed = await logout(registry.host, options);
 * console.log(removed.length); // 1
 * ```
 */
export async function logout(
  host?: string,
  options: RegistrySideOptions = {},
): Promise<string[]> {
  return await forgetLogin(host, options, WORLD);
}

function toReference(text: string | ImageReference): ImageReference {
  return typeof text === "string" ? parseReference(text) : text;
}
