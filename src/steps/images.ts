/** Applies a change of images to those of an index, and writes the index anew around them. */
import type { Digest } from "../bytes/digest.ts";
import { contentOf } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { encodeJson } from "../image/json.ts";
import { descriptorOf } from "../image/documents/documents.ts";
import { readIndex } from "../image/documents/load.ts";
import { type Format, MEDIA_TYPES } from "../image/media-types.ts";
import type { Image, Index, Root } from "../image/root.ts";
import { loadChildren, type LoadedRoots } from "../image/tree.ts";

// BuildKit's attestations say with this which image of the index they are about.
const SUBJECT = "vnd.docker.reference.digest";

/**
 * Changes each image of a root, once. What does not change keeps its bytes: an index whose images all stay
 * is returned itself.
 * @param format the format of the indexes that are written; left out, they keep theirs.
 * @example
 * ```ts
 * import { contentOf, mapImages, openSource, rebuildImage } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const bytes = new TextEncoder().encode('{"rootfs":{"type":"layers","diff_ids":[]}}');
 * const config = contentOf("application/vnd.oci.image.config.v1+json", bytes);
 * const root = await mapImages(await source.resolve(), (image) => rebuildImage(image, { config, layers: [] }));
 * console.log(root.kind); // index
 * ```
 */
export async function mapImages(
  root: Root,
  change: (image: Image) => Promise<Image>,
  format?: Format,
): Promise<Root> {
  const loaded: LoadedRoots = new Map();
  const mapped = new Map<Root, Root>();
  const map = async (node: Root): Promise<Root> => {
    if (node.kind === "artifact") return node;
    if (node.kind === "image") return await change(node);
    const before = await loadChildren(node, loaded);
    for (const child of before) if (!mapped.has(child)) mapped.set(child, await map(child));
    const after = before.map((child) => mapped.get(child)!);
    const mediaType = format === undefined
      ? node.manifest.descriptor.mediaType
      : MEDIA_TYPES[format].index;
    const changed = after.some((child, i) => child !== before[i]);
    if (!changed && mediaType === node.manifest.descriptor.mediaType) return node;
    return await rebuildIndex(node, before, after, mediaType);
  };
  return await map(root);
}

/** Returns the descriptor without `data` and `urls`, which belong to the bytes that it had. */
export function omitBytes<D extends Pick<Descriptor, "data" | "urls">>(
  { data: _d, urls: _u, ...rest }: D,
): Omit<D, "data" | "urls"> {
  return rest;
}

async function rebuildIndex(
  index: Index,
  before: readonly Root[],
  after: readonly Root[],
  mediaType: string,
): Promise<Index> {
  const json = await readIndex(index.manifest);
  const renamed = new Map<string, Digest>(
    before.map((
      child,
      i,
    ) => [child.manifest.descriptor.digest, after[i]!.manifest.descriptor.digest]),
  );
  const manifests = json.manifests.map((old, i) => {
    // An image says its platform where its entry does, or where a step has changed it.
    const { mediaType, digest, size, platform } = after[i]!.manifest.descriptor;
    const entry = digest === old.digest ? old : omitBytes(old);
    const subject = renamed.get(old.annotations?.[SUBJECT] ?? "");
    const annotations = subject && { ...old.annotations, [SUBJECT]: subject };
    const said = { ...(platform && { platform }), ...(annotations && { annotations }) };
    return { ...entry, mediaType, digest, size, ...said } as typeof old;
  });
  return {
    kind: "index",
    manifest: contentOf(mediaType, encodeJson({ ...json, mediaType, manifests })),
    children: after.map((root, i) => ({
      descriptor: descriptorOf(manifests[i]!),
      load: () => Promise.resolve(root),
    })),
  };
}
