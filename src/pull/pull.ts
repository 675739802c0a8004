/** Pulls one image by a digest that was written down before. */
import type { Digest } from "../bytes/digest.ts";
import { copy, type CopyOptions, type CopyResult } from "../copy/copy.ts";
import { findHostPlatform, type Platform } from "../image/platform.ts";
import type { Sink } from "../image/sink.ts";
import type { Source } from "../image/source.ts";
import type { Step } from "../image/step.ts";
import { oneImage } from "../steps/one-image.ts";
import { pin } from "../steps/pin.ts";

/** The image's digest, and how it arrives. */
export interface PullOptions extends Omit<CopyOptions, "reference" | "all" | "steps" | "dryRun"> {
  /** Of an index, or of an image. */
  readonly digest: Digest;
  /** The image of an index; the host's by default. */
  readonly platform?: Platform;
}

/** The result of a pull: what is at the destination now, and which image of the source it is. */
export interface PullResult extends CopyResult {
  /** The image's own digest, as its source has it. */
  readonly imageDigest: Digest;
  /** The digest of the index that it was selected from, if it was in one. */
  readonly indexDigest?: Digest;
}

/**
 * Copies the image that a digest names, or, if that is an index, its image for a platform. No tag is
 * asked for, and nothing is believed: the bytes that arrive have the digest.
 * @throws NixociError `NOT_FOUND` when there is no such digest, or no image for the platform;
 * `UNSUPPORTED` when the digest names no image; and as `copy` does.
 * @example
 * ```ts
 * import { openSink, openSource, parseDigest, pull } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("docker-archive:hello.tar:hello:latest");
 * const digest = parseDigest("sha256:8395f22684f86f78f00f62139d12433a8bf1e917d927916244614f49b264c44d");
 * const { indexDigest } = await pull(from, to, { digest });
 * console.log(indexDigest === digest); // true
 * ```
 */
export async function pull(from: Source, to: Sink, options: PullOptions): Promise<PullResult> {
  const { digest, platform = findHostPlatform(), ...rest } = options;
  const { step, readDigests: found } = watchOneImage(platform);
  const result = await copy(from, hideUnpacking(to), {
    ...rest,
    // A source without manifests cannot be asked for one; the pin proves what it gives.
    reference: from.traits?.synthetic ? undefined : digest,
    steps: [pin(digest), step],
  });
  return { ...result, ...found() };
}

/** The digests of the image that was selected, and of its index. */
export type ImageDigests = Pick<PullResult, "imageDigest" | "indexDigest">;

/** Creates a step that leaves one image, and a way to read its digests after it ran. */
export function watchOneImage(
  platform: Platform,
): { step: Step; readDigests(): ImageDigests } {
  const seen: Digest[] = [];
  const choose = oneImage(platform);
  const step: Step = async (root, context) => {
    const image = await choose(root, context);
    for (const { manifest } of [root, image]) seen.push(manifest.descriptor.digest);
    return image;
  };
  return {
    step,
    readDigests() {
      const [named, imageDigest] = seen as [Digest, Digest];
      return { imageDigest, ...(named !== imageDigest && { indexDigest: named }) };
    },
  };
}

/** Hides that the sink unpacks layers, which is what it is wanted for: copying need not say so. */
export function hideUnpacking(sink: Sink): Sink {
  if (sink.traits.layers !== "tar") return sink;
  return { ...sink, traits: { ...sink.traits, layers: undefined } };
}
