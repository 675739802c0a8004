/** Selects one image: an index's image for a platform, or the image itself. */
import { NixociError } from "../base/errors.ts";
import { readManifest } from "../image/documents/load.ts";
import { isConfig, isManifest } from "../image/media-types.ts";
import {
  findBestMatch,
  findHostPlatform,
  formatPlatform,
  normalizePlatform,
  type Platform,
} from "../image/platform.ts";
import type { Artifact, Image, Root } from "../image/root.ts";
import type { Source } from "../image/source.ts";
import type { Step, StepContext } from "../image/step.ts";
import { unreadLayerTypeOf } from "../image/layer/unread-layer.ts";
import { readRootPlatform, selectFromIndex } from "./platform.ts";

/**
 * Creates a step that takes from an index the image for a platform. An image by itself passes, for
 * whatever platform it is: its name was given. A notice says when its config names another platform
 * than is wanted.
 * @throws from the step, NixociError `NOT_FOUND` when the index has none for the platform,
 * `UNSUPPORTED` when the root is not an image: a signature, an attestation, a chart.
 * @example
 * ```ts
 * import { copy, oneImage, openSink, openSource, parsePlatform } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out");
 * const { images } = await copy(from, to, { steps: [oneImage(parsePlatform("linux/arm64"))] });
 * console.log(images.length); // 1
 * ```
 */
export function oneImage(wanted: Platform): Step {
  return (root, context) => selectImage(root, wanted, context);
}

/** The image of a source that is meant. */
export interface ResolveImageOptions extends Pick<StepContext, "onNotice"> {
  /** The image of an index; the host's by default. */
  readonly platform?: Platform;
  /** A name or digest in the source; by default what the source's own location names. */
  readonly reference?: string;
}

/**
 * Resolves one image of a source: the one for a platform, where the source has an index. Reads
 * manifests and the config; layers wait for `open()`.
 * @throws NixociError `NOT_FOUND` when there is none for the platform, `UNSUPPORTED` when it is not
 * an image: a signature, an attestation, a chart.
 * @example
 * ```ts
 * import { openSource, parsePlatform, resolveImage } from "nixoci";
 * await using source = await openSource("oci-dir:in");
 * const image = await resolveImage(source, { platform: parsePlatform("linux/amd64") });
 * console.log(image.layers.length); // 1
 * ```
 */
export async function resolveImage(
  source: Source,
  { platform = findHostPlatform(), reference, onNotice }: ResolveImageOptions = {},
): Promise<Image> {
  return await selectImage(await source.resolve(reference), platform, { onNotice });
}

async function selectImage(
  root: Root,
  wanted: Platform,
  context: Pick<StepContext, "onNotice" | "onLayers">,
): Promise<Image> {
  let found = root;
  while (found.kind === "index") {
    found = await selectFromIndex(found, [wanted], suggestPlatforms, context.onLayers);
  }
  if (found.kind === "artifact") throw await createNoImageError(found);
  await reportOtherPlatform(found, wanted, context);
  return found;
}

function suggestPlatforms(there: string): string {
  return `choose one that it has with --os and --arch (${there})`;
}

async function reportOtherPlatform(
  image: Image,
  wanted: Platform,
  { onNotice }: Pick<StepContext, "onNotice">,
): Promise<void> {
  const actual = await readRootPlatform(image);
  if (actual === undefined || isFor(actual, wanted)) return;
  const { digest } = image.manifest.descriptor;
  const is = `${digest} is an image for ${formatPlatform(actual)}`;
  const message = `${is}, not for ${formatPlatform(wanted)}; it is taken as it is`;
  onNotice?.({ code: "PLATFORM", message });
}

/** Says whether the platforms agree; many configs leave the variant out, which is no difference. */
function isFor(actual: Platform, wanted: Platform): boolean {
  const [is, asked] = [normalizePlatform(actual), normalizePlatform(wanted)];
  if (is.os !== asked.os || is.architecture !== asked.architecture) return false;
  return actual.variant === undefined || findBestMatch([actual], wanted) !== undefined;
}

// What BuildKit's provenance and SBOMs are; in an index they are for "unknown/unknown".
const ATTESTATION = "application/vnd.in-toto+json";

/** Returns what is to be said where an image is needed, and there is something else. */
export async function createNoImageError(artifact: Artifact): Promise<NixociError> {
  const layer = unreadLayerTypeOf(artifact);
  if (layer !== undefined) {
    const { digest } = artifact.manifest.descriptor;
    return new NixociError("UNSUPPORTED", `${digest} has a layer that cannot be read: ${layer}`, {
      hint: "nixoci copy moves it as it is",
    });
  }
  const type = await typeOf(artifact);
  const what = type === ATTESTATION ? "an attestation about an image" : `an artifact (${type})`;
  const message = `${artifact.manifest.descriptor.digest} is ${what}, not an image`;
  return new NixociError("UNSUPPORTED", message, {
    hint: "take the digest of an image, or of the index that it is in; nixoci copy moves artifacts",
  });
}

/** Returns the type that the artifact states, or that of its content. */
async function typeOf({ manifest, blobs }: Artifact): Promise<string> {
  if (!isManifest(manifest.descriptor.mediaType)) return manifest.descriptor.mediaType;
  const { artifactType, config } = await readManifest(manifest);
  const content = blobs.at(1)?.descriptor.mediaType ?? config.mediaType;
  return artifactType ?? (isConfig(config.mediaType) ? content : config.mediaType);
}
