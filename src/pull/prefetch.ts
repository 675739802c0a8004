/**
 * Computes what Nix must know of an image before it has it: the hash of what pulling makes, without
 * making it.
 */
import type { Notice } from "../base/notices.ts";
import { useResources } from "../base/dispose.ts";
import { type Digest, isDigest } from "../bytes/digest.ts";
import { createHashedOutput } from "../bytes/hashed-output.ts";
import type { WrapOutput } from "../bytes/output.ts";
import { copy, type CopyOptions } from "../copy/copy.ts";
import type { Platform } from "../image/platform.ts";
import type { Image } from "../image/root.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import type { Step } from "../image/step.ts";
import { createScratch } from "../image/disk/scratch.ts";
import { watchReading } from "../copy/watch.ts";
import { hashNar } from "../nix/formats/nar.ts";
import { createSkopeoDirectoryNar, sortBlobs } from "./skopeo-directory.ts";
import { hideUnpacking, type ImageDigests, watchOneImage } from "./pull.ts";
import { createAheadContents } from "../bytes/flow/ahead/contents.ts";
import { pin } from "../steps/pin.ts";

/** The image that is looked at. */
export interface PrefetchOptions extends Pick<CopyOptions, "scratch" | "signal" | "onEvent"> {
  /** A tag, which is asked for once, or a digest; by default what the source's location names. */
  readonly reference?: string;
  /** The image of an index. */
  readonly platform: Platform;
}

/** The image's digests, and the hash of what pulling it makes. */
export interface PrefetchResult extends ImageDigests {
  /** The hash that Nix is told to expect. */
  readonly hash: Digest;
}

/**
 * Computes the hash of the archive that `pull` writes, which `dockerTools.pullImage` expects: skopeo
 * writes the same. Layers stream through, nothing is kept.
 * @param archive opens the archive's sink, which must write through the function that it gets.
 * @throws NixociError as `pull` does.
 * @example
 * ```ts
 * import { openSink, openSource, parsePlatform, prefetchArchive } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * const { hash } = await prefetchArchive(
 *   from,
 *   (through) => openSink("docker-archive:-:hello:latest", { through }),
 *   { platform: parsePlatform("linux/amd64") },
 * );
 * console.log(hash); // sha256:…
 * ```
 */
export async function prefetchArchive(
  from: Source,
  archive: (through: WrapOutput) => Promise<Sink>,
  { platform, ...options }: PrefetchOptions,
): Promise<PrefetchResult> {
  const { step, readDigests: found } = watchOneImage(platform);
  const output = createHashedOutput();
  return await useResources(async (hold) => {
    const to = hold(await archive(() => Promise.resolve(output)));
    await copy(from, hideUnpacking(to), { ...options, steps: [...pinSteps(options), step] });
    return { ...found(), hash: output.digest() };
  });
}

/**
 * Computes the hash of the directory that nix2container's `pullImage` makes: what skopeo writes to
 * `dir:`, as a NAR. Blobs are fetched in the NAR's order and stream through.
 * @throws NixociError as `pull` does.
 * @example
 * ```ts
 * import { openSource, parsePlatform, prefetchDirectory } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * const { hash } = await prefetchDirectory(from, { platform: parsePlatform("linux/amd64") });
 * console.log(hash); // sha256:…
 * ```
 */
export async function prefetchDirectory(
  from: Source,
  options: PrefetchOptions,
): Promise<PrefetchResult> {
  const { image, found } = await chooseImage(from, options);
  const early = createAheadContents(options);
  try {
    const planned = sortBlobs(image);
    const blobs = early.contents(planned.map((blob) => watchReading(blob, options)));
    options.onEvent?.({
      type: "plan",
      blobs: planned.map(({ kind, content: { descriptor } }) => ({ kind, descriptor })),
    });
    const { narHash } = await hashNar(await createSkopeoDirectoryNar(image.manifest, blobs));
    return { ...found, hash: narHash };
  } finally {
    await early.stop();
  }
}

function pinSteps({ reference }: Pick<PrefetchOptions, "reference">): Step[] {
  return isDigest(reference) ? [pin(reference)] : [];
}

async function chooseImage(
  from: Source,
  options: PrefetchOptions,
): Promise<{ image: Image; found: ImageDigests }> {
  const { reference, platform, onEvent, signal } = options;
  const { step, readDigests: found } = watchOneImage(platform);
  const context = {
    scratch: options.scratch ?? createScratch(), // these steps make no file
    signal,
    onNotice: (notice: Notice) => onEvent?.({ type: "notice", ...notice }),
  };
  let root = await from.resolve(reference);
  for (const one of [...pinSteps(options), step]) root = await one(root, context);
  return { image: root as Image, found: found() };
}
