/** One image, whatever was named: an index's image for a platform, or the image itself. */
import { NixociError } from "../base/errors.ts";
import { readManifest } from "../image/load.ts";
import { isConfig, isManifest } from "../image/media-types.ts";
import { bestMatch, formatPlatform, normalize, type Platform } from "../image/platform.ts";
import type { Artifact, Image, Step, StepContext } from "../image/root.ts";
import { platform, platformOf } from "./platform.ts";

/**
 * Of an index the image for the platform. An image passes, whatever it is for: who names it by
 * itself wants it. A notice says when its config names another platform than is wanted, also where
 * the index does not.
 * @throws NixociError `NOT_FOUND` when the index has none for the platform, `UNSUPPORTED` when what
 * is named is no image: a signature, an attestation, a chart.
 */
export function oneImage(wanted: Platform): Step {
  const choose = platform(
    [wanted],
    (there) => `choose one that it has with --os and --arch (${there})`,
  );
  return async (root, context) => {
    let found = root;
    while (found.kind === "index") found = await choose(found, context);
    if (found.kind === "artifact") throw await notAnImage(found);
    await compare(found, wanted, context);
    return found;
  };
}

async function compare(image: Image, wanted: Platform, { onNotice }: StepContext): Promise<void> {
  const actual = await platformOf(image);
  if (actual === undefined || isFor(actual, wanted)) return;
  const { digest } = image.manifest.descriptor;
  const is = `${digest} is an image for ${formatPlatform(actual)}`;
  const message = `${is}, not for ${formatPlatform(wanted)}; it is taken as it is`;
  onNotice?.({ code: "PLATFORM", message });
}

/** Many configs leave the variant out, which does not make them another platform's. */
function isFor(actual: Platform, wanted: Platform): boolean {
  const [is, asked] = [normalize(actual), normalize(wanted)];
  if (is.os !== asked.os || is.architecture !== asked.architecture) return false;
  return actual.variant === undefined || bestMatch([actual], wanted) !== undefined;
}

// What BuildKit's provenance and SBOMs are; in an index they are for "unknown/unknown".
const ATTESTATION = "application/vnd.in-toto+json";

async function notAnImage(artifact: Artifact): Promise<NixociError> {
  const type = await typeOf(artifact);
  const what = type === ATTESTATION ? "an attestation about an image" : `an artifact (${type})`;
  const message = `${artifact.manifest.descriptor.digest} is ${what}, not an image`;
  return new NixociError("UNSUPPORTED", message, {
    hint: "take the digest of an image, or of the index that it is in; nixoci copy moves artifacts",
  });
}

/** What it says that it is, or else what is in it. */
async function typeOf({ manifest, blobs }: Artifact): Promise<string> {
  if (!isManifest(manifest.descriptor.mediaType)) return manifest.descriptor.mediaType;
  const { artifactType, config } = await readManifest(manifest);
  const content = blobs.at(1)?.descriptor.mediaType ?? config.mediaType;
  return artifactType ?? (isConfig(config.mediaType) ? content : config.mediaType);
}
