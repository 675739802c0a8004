/** Pulling: one image, by the digest that was written down, to where it is wanted. */
import type { Digest } from "../bytes/digest.ts";
import { copy, type CopyOptions, type CopyResult } from "../copy/copy.ts";
import { hostPlatform, type Platform } from "../image/platform.ts";
import type { Sink, Source, Step } from "../image/root.ts";
import { oneImage } from "../steps/one-image.ts";
import { pin } from "../steps/pin.ts";

/** Which image, by digest, and how it is to arrive. */
export interface PullOptions extends Omit<CopyOptions, "reference" | "all" | "steps" | "dryRun"> {
  /** Of an index, or of an image. */
  readonly digest: Digest;
  /** Which image of an index; the host's by default. */
  readonly platform?: Platform;
}

/** What is at the destination now, and which image of the source it is. */
export interface PullResult extends CopyResult {
  /** The image's own digest, as its source has it. */
  readonly imageDigest: Digest;
  /** The digest of the index that it was chosen from, where it was. */
  readonly indexDigest?: Digest;
}

/**
 * Copies the image that a digest names, or that the index has for a platform which it names. No tag
 * is asked for, and nothing is believed: the bytes that arrive hash to the digest.
 * @throws NixociError `NOT_FOUND` when there is no such digest, or no image for the platform;
 * `UNSUPPORTED` when the digest names no image; and as `copy` does.
 * @example
 * ```ts
 * import { openSink, openSource, parseDigest, pull } from "nixoci";
 * const from = await openSource("registry:alpine");
 * const to = await openSink("docker-archive:alpine.tar:alpine:latest");
 * const digest = parseDigest("sha256:4b7ce07002c69e8f3d704a9c5d6fd3053be500b7f1c69fc0d80990c2ad8dd412");
 * const { imageDigest } = await pull(from, to, { digest });
 * ```
 */
export async function pull(from: Source, to: Sink, options: PullOptions): Promise<PullResult> {
  const { digest, platform = hostPlatform(), ...rest } = options;
  const { steps, found } = oneImageFound(platform);
  const result = await copy(from, to, {
    ...rest,
    // What holds no manifests cannot be asked for one; the pin proves what it gives.
    ...(!from.traits?.synthetic && { reference: digest }),
    steps: [pin(digest), ...steps],
  });
  return { ...result, ...found() };
}

/** The digests of what was chosen. */
export type Found = Pick<PullResult, "imageDigest" | "indexDigest">;

/** The steps that leave one image, and what they left. */
export function oneImageFound(platform: Platform): { steps: readonly Step[]; found(): Found } {
  const seen: Digest[] = [];
  const see: Step = (root) => {
    seen.push(root.manifest.descriptor.digest);
    return root;
  };
  return {
    steps: [see, oneImage(platform), see],
    found() {
      const [named, imageDigest] = seen as [Digest, Digest];
      return { imageDigest, ...(named !== imageDigest && { indexDigest: named }) };
    },
  };
}
