/** Fetches what is broken in a place from another one. */
import { NixociError } from "../base/errors.ts";
import type { Digest } from "../bytes/digest.ts";
import { type Content, content, readContent } from "../image/content.ts";
import { descriptorOf, parseIndex, parseManifest } from "../image/documents/documents.ts";
import { documentTypeOf } from "../image/documents/document-type.ts";
import { isObject, MAX_DOCUMENT, parseJson } from "../image/json.ts";
import { isIndex } from "../image/media-types.ts";
import type { Sink } from "../image/sink.ts";
import type { CanFindContent, Source } from "../image/source.ts";
import type { ImageProblem } from "./problem.ts";

/**
 * Puts missing and corrupt content into a place again, by its digest, as far as another place has it.
 * A registry that thinks that it has a blob keeps its own: verify again, and see.
 * @returns the digests that were put.
 * @throws NixociError `USAGE` for another place that does not find content by digests.
 * @example
 * ```ts
 * import { openSink, openSource, repairImages, verifyImages } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * await using good = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:in");
 * const { problems } = await verifyImages(source);
 * console.log(await repairImages(problems, good, to)); // []
 * ```
 */
export async function repairImages(
  problems: readonly ImageProblem[],
  good: Source,
  to: Sink,
): Promise<Digest[]> {
  if (good.findContent === undefined) {
    throw new NixociError("USAGE", "it does not tell blobs by their digests", {
      hint: "registries, oci-dir:, oci-archive: and dir: do",
    });
  }
  const broken = problems.filter(({ problem }) => problem !== "malformed");
  const documents = new Set(broken.flatMap((one) => one.kind === "manifest" ? one.digest : []));
  const repair: Repair = { find: good.findContent, to, put: new Set() };
  for (const { digest } of broken) await repairContent(repair, digest, documents.has(digest));
  const { put } = repair;
  if (put.size > 0) await to.commit([]);
  return [...put];
}

interface Repair {
  readonly find: CanFindContent["findContent"];
  readonly to: Sink;
  readonly put: Set<Digest>;
}

/** Puts content, and before a manifest what it names, where the place takes it only with that. */
async function repairContent(repair: Repair, digest: Digest, isDocument: boolean): Promise<void> {
  const { find, to, put } = repair;
  const found = put.has(digest) ? undefined : await find(digest);
  if (found === undefined) return;
  if (!isDocument) {
    await to.put({ kind: "blob", content: found });
    put.add(digest);
    return;
  }
  const { manifest, parts } = await readManifest(found);
  if (await to.put({ kind: "manifest", content: manifest })) {
    for (const { descriptor, isDocument } of parts) {
      if (!await to.has(descriptor)) await repairContent(repair, descriptor.digest, isDocument);
    }
    const lacking = await to.put({ kind: "manifest", content: manifest });
    if (lacking) throw lacking.error;
  }
  put.add(digest);
}

/** Reads content that was found by its digest alone as the manifest that it is. */
async function readManifest(found: Content) {
  const { digest, size, mediaType } = found.descriptor;
  const bytes = await readContent(found, MAX_DOCUMENT);
  const json = parseJson(bytes, digest);
  const type = documentTypeOf(isObject(json) ? json : {}, mediaType, digest);
  const parts = isIndex(type)
    ? parseIndex(bytes, digest).manifests.map(descriptorOf)
    : [parseManifest(bytes, digest)].flatMap(({ config, layers }) => [config, ...layers]);
  return {
    manifest: content({ mediaType: type, digest, size }, found.open),
    parts: parts.map((descriptor) => ({ descriptor, isDocument: isIndex(type) })),
  };
}
