/**
 * What Nix has to know of an image before it has it: the hash of what pulling makes, found without
 * making it.
 */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { hashedOutput } from "../bytes/hashed-output.ts";
import type { Through } from "../bytes/output.ts";
import { copy, type CopyOptions } from "../copy/copy.ts";
import type { PlannedBlob } from "../copy/events.ts";
import type { Content } from "../image/content.ts";
import type { Platform } from "../image/platform.ts";
import type { Image, Sink, Source, Step } from "../image/root.ts";
import { scratch } from "../image/scratch.ts";
import { metered } from "../copy/metered.ts";
import { narSum } from "../nix/formats/nar.ts";
import { blobsInOrder, skopeoDirectoryNar } from "./skopeo-directory.ts";
import { type Found, oneImageFound } from "./pull.ts";
import { createAheadContents } from "../bytes/flow/ahead/contents.ts";
import { pin } from "../steps/pin.ts";

/** Which image is looked at. */
export interface PrefetchOptions extends Pick<CopyOptions, "scratch" | "signal" | "onEvent"> {
  /** A tag, which is asked for once, or a digest; by default what the source's location names. */
  readonly reference?: string;
  /** Which image of an index. */
  readonly platform: Platform;
}

/** The image, and what pulling it makes. */
export interface Prefetched extends Found {
  /** What Nix is to expect. */
  readonly hash: Digest;
}

/**
 * The hash of the archive that `pull` writes: what `dockerTools.pullImage` expects, for skopeo
 * writes the same. Layers come and go, nothing is kept.
 * @param archive opens the archive's sink, to be written through what it is given.
 * @throws NixociError as `pull` does.
 * @example
 * ```ts
 * import { openSink, openSource, parsePlatform, prefetchArchive } from "nixoci";
 * const from = await openSource("registry:alpine:3.20");
 * const { imageDigest, hash } = await prefetchArchive(
 *   from,
 *   (through) => openSink("docker-archive:-:alpine:3.20", { through }),
 *   { platform: parsePlatform("linux/amd64") },
 * );
 * ```
 */
export async function prefetchArchive(
  from: Source,
  archive: (through: Through) => Promise<Sink>,
  { platform, ...options }: PrefetchOptions,
): Promise<Prefetched> {
  const { steps, found } = oneImageFound(platform);
  const output = hashedOutput();
  const to = await archive(() => Promise.resolve(output));
  try {
    await copy(from, to, { ...options, steps: [...pinned(options), ...steps] });
    return { ...found(), hash: output.digest() };
  } finally {
    await to[Symbol.asyncDispose]();
  }
}

/**
 * The hash of the directory that nix2container's `pullImage` makes: what skopeo writes to `dir:`,
 * as a NAR. Blobs are fetched in the NAR's order and go by.
 * @throws NixociError as `pull` does.
 */
export async function prefetchDirectory(
  from: Source,
  options: PrefetchOptions,
): Promise<Prefetched> {
  const { image, found } = await chosen(from, options);
  const early = createAheadContents(options);
  try {
    const blobs = early.contents(blobsInOrder(image).map((blob) => shown(blob, image, options)));
    options.onEvent?.({ type: "plan", blobs: blobs.map((blob) => planned(blob, image)) });
    const { narHash } = await narSum(await skopeoDirectoryNar(image.manifest, blobs));
    return { ...found, hash: narHash };
  } finally {
    await early.stop();
  }
}

function pinned({ reference }: Pick<PrefetchOptions, "reference">): Step[] {
  return isDigest(reference) ? [pin(reference)] : [];
}

async function chosen(
  from: Source,
  options: PrefetchOptions,
): Promise<{ image: Image; found: Found }> {
  const { reference, platform, onEvent, signal } = options;
  const { steps, found } = oneImageFound(platform);
  const context = {
    scratch: options.scratch ?? scratch(), // these steps make no file
    ...(signal && { signal }),
    onNotice: (message: string) => onEvent?.({ type: "notice", message }),
  };
  let root = await from.resolve(reference);
  for (const step of [...pinned(options), ...steps]) root = await step(root, context);
  return { image: root as Image, found: found() };
}

function planned({ descriptor }: Content, { config }: Image): PlannedBlob {
  return { kind: descriptor.digest === config.descriptor.digest ? "config" : "layer", descriptor };
}

/** The same content, whose way shows as progress. */
function shown(blob: Content, image: Image, { onEvent, signal }: PrefetchOptions): Content {
  const { kind, descriptor } = planned(blob, image);
  const counted = metered(blob, signal, (bytes) => {
    onEvent?.({ type: "progress", descriptor, bytes });
  });
  return {
    ...counted,
    async *open() {
      onEvent?.({ type: "start", kind, descriptor });
      yield* counted.open();
      onEvent?.({ type: "done", kind, descriptor, how: "moved" });
    },
  };
}
