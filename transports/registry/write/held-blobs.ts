/** Finds the parts of an image that a repository has for sure, without asking for each blob. */
import type { Digest } from "../../../src/bytes/digest.ts";
import { readManifest } from "../../../src/image/documents/load.ts";
import { isTag } from "../../../src/image/reference.ts";
import type { Image } from "../../../src/image/root.ts";
import { getManifest } from "../read/manifest.ts";
import type { Session } from "../session.ts";

/** Of fewer layers than this it costs as much to ask one by one, several at a time. */
const WORTH_IT = 16;

/**
 * The blobs of the image that the tag names now: a registry takes no manifest whose blobs it does
 * not have. Images are mostly pushed over their former selves, with which they share most layers.
 * Nothing, where there is no such image, or asking is not worth it.
 */
export async function findHeldBlobs(
  names: readonly string[],
  image: Image,
  to: Session,
): Promise<ReadonlySet<Digest>> {
  const tag = names.find(isTag);
  if (tag === undefined || image.layers.length < WORTH_IT) return new Set();
  try {
    const { config, layers } = await readManifest(await getManifest(to, tag));
    return new Set([config, ...layers].map(({ digest }) => digest));
  } catch {
    return new Set(); // no tag, no image, no answer: then each blob is asked for
  }
}
