/** Sources that give only what is signed. */
import { NixociError } from "../base/errors.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Content } from "../image/content.ts";
import type { Descriptor } from "../image/descriptor.ts";
import { layerTypeOf } from "../image/media-types.ts";
import { isDigestTag } from "../image/referrers.ts";
import type { Artifact, Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import { wrapSource } from "../image/wrap-source.ts";

/** Proves that a manifest may be taken, as it was asked for, or throws. */
export type ProveSigned = (subject: Descriptor, select: string | undefined) => Promise<void>;

/**
 * Wraps a source: it gives only manifests that are proved, before more of them is read. What is below
 * an index that is proved goes with it. What is attached to images is given as it is: a signature has
 * none itself.
 * @example
 * ```ts
 * import { openSource, wrapSignedSource } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const signed = wrapSignedSource(source, () => Promise.reject(new Error("not by us")));
 * console.log(await signed.resolve().catch(({ message }) => message)); // not by us
 * ```
 */
export function wrapSignedSource(source: Source, prove: ProveSigned): Source {
  const resolve = async (select?: string): Promise<Root> => {
    if (select !== undefined && isDigestTag(select)) return await resolveAttached(select);
    const root = await source.resolve(select);
    await prove(root.manifest.descriptor, select);
    return root;
  };
  /** Resolves a name that signatures and their like have, and no image may have. */
  const resolveAttached = async (tag: string): Promise<Root> => {
    const root = await source.resolve(tag);
    if (root.kind === "artifact" && !hasLayers(root)) return root;
    const what = root.kind === "artifact" ? "image for other tools" : root.kind;
    throw new NixociError("REFUSED", `${tag} is an ${what} itself, and nothing attached`);
  };
  /** The name may have moved on since, or another mirror say something else. */
  const proveSame = async (root: Root, proved: Content, select?: string): Promise<Root> => {
    const { descriptor } = root.manifest;
    if (descriptor.digest !== proved.descriptor.digest) await prove(descriptor, select);
    return root;
  };
  return wrapSource(source, {
    resolve,
    ...source.readManifest && {
      async readManifest(select?: string) {
        if (select !== undefined && isDigestTag(select)) {
          const root = await resolveAttached(select);
          return { manifest: root.manifest, load: () => Promise.resolve(root) };
        }
        const { manifest, load } = await source.readManifest!(select);
        await prove(manifest.descriptor, select);
        return {
          manifest,
          load: async (onLayers) => await proveSame(await load(onLayers), manifest, select),
        };
      },
    },
    ...source.findContent && {
      async findContent(digest: Digest) {
        const found = await source.findContent!(digest);
        if (found !== undefined) await prove(found.descriptor, digest);
        return found;
      },
    },
  });
}

/** Tells whether an artifact has layers of images: tools that look at no artifact type would run it. */
function hasLayers({ blobs }: Artifact): boolean {
  return blobs.some(({ descriptor }) => layerTypeOf(descriptor.mediaType) !== undefined);
}
