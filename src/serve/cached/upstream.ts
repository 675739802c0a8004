/** The little that a cache must be able to ask of the registry that it stands before. */
import type { Digest } from "../../bytes/digest.ts";
import type { Content } from "../../image/content.ts";
import type { Descriptor } from "../../image/descriptor.ts";
import type { Source } from "../../image/source.ts";

/**
 * A repository of another registry. What is not there fails with NixociError `NOT_FOUND`; what cannot be
 * asked now, with `NETWORK` or `REFUSED`.
 */
export interface UpstreamRepository extends AsyncDisposable {
  /** Asks what a tag names now: the registry's word. */
  headManifest(tag: string): Promise<Descriptor>;
  /** Fetches what a tag or digest names; its bytes are here, verified. */
  readManifest(reference: string): Promise<Content>;
  /** Asks for a blob, which is fetched when it is opened; `undefined` when there is none. */
  findBlob(digest: Digest): Promise<Content | undefined>;
  listTags(): Promise<readonly string[]>;
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;
}

/**
 * Makes the upstream of a source: of a repository in a registry, that is to be asked itself (`mirrors:
 * false`), for the cache may be one of its mirrors. Who asks is the source's to say, never the clients'.
 * @param listTags of the same repository.
 * @example
 * ```ts
 * import { createUpstream, listTags, openSource } from "nixoci";
 * const name = "docker.io/library/alpine";
 * const source = await openSource(`registry:${name}`, { registry: { mirrors: false } });
 * const upstream = createUpstream(source, () => listTags(name));
 * console.log(typeof upstream.findBlob); // function
 * await upstream[Symbol.asyncDispose]();
 * ```
 */
export function createUpstream(
  source: Source,
  listTags: UpstreamRepository["listTags"],
): UpstreamRepository {
  const readManifest = async (reference: string): Promise<Content> =>
    (await (source.readManifest?.(reference) ?? source.resolve(reference))).manifest;
  return {
    readManifest,
    headManifest: async (tag) =>
      await source.headManifest?.(tag) ?? (await readManifest(tag)).descriptor,
    findBlob: async (digest) => await source.findContent?.(digest),
    listTags,
    listReferrers: async (subject) =>
      (await source.listReferrers?.(subject) ?? []).map(({ descriptor }) => descriptor),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}
