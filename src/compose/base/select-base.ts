/** Selects the image that a SPEC is built on, where a source has several. */
import { useResources } from "../../base/dispose.ts";
import { NixociError } from "../../base/errors.ts";
import { findHostPlatform, normalizePlatform } from "../../image/platform.ts";
import type { Image } from "../../image/root.ts";
import type { Source } from "../../image/source.ts";
import { createScratch } from "../../image/disk/scratch.ts";
import { platform } from "../../steps/platform.ts";
import type { Spec } from "../spec/spec.ts";

/**
 * Selects the base image for the platform that the SPEC says, or for the host's.
 * @throws NixociError `NOT_FOUND` where there is none for it, `UNSUPPORTED` for what is not an image, and
 * whatever the source throws.
 * @example
 * ```ts
 * import { build, openSource, selectBaseImage } from "nixoci";
 * const spec = { fromImage: "oci-dir:in", architecture: "arm64", copyToRoot: "rootfs" };
 * await using source = await openSource(spec.fromImage);
 * const base = { image: await selectBaseImage(spec, source), reference: spec.fromImage };
 * const { image } = await build(spec, { base });
 * console.log(image.layers.length - base.image.layers.length); // 1
 * ```
 */
export async function selectBaseImage(
  { architecture, arch, os, variant }: Spec,
  source: Source,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Image> {
  const host = findHostPlatform();
  const machine = architecture ?? arch;
  const wanted = normalizePlatform({
    os: os ?? "linux",
    architecture: machine ?? host.architecture,
    variant: variant ?? (machine ? undefined : host.variant),
  });
  return await useResources(async (hold) => {
    const scratch = hold(createScratch());
    const root = await source.resolve();
    // An image that is in no index is what there is, unless the SPEC says for what it is to be.
    const isSelected = root.kind === "index" || machine || os || variant;
    const image = isSelected ? await platform([wanted])(root, { scratch, signal }) : root;
    if (image.kind === "image") return image;
    throw new NixociError("UNSUPPORTED", `it is an ${image.kind}, not an image`);
  });
}
