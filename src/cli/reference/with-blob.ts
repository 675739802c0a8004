/** Opens a blob that is named by its digest. */
import { NixociError } from "../../base/errors.ts";
import type { Content } from "../../image/content.ts";
import type { Io } from "../kit/io.ts";
import { readSideOptions } from "../kit/sides.ts";
import { parseDigestPlace } from "./digest-place.ts";
import { withSource } from "./with-source.ts";

/**
 * Runs the work on the blob that `scheme:location@digest` names.
 * @throws NixociError `NOT_FOUND`; `USAGE` for a place that does not find content so.
 */
export async function withBlob<T>(
  text: string,
  io: Io,
  work: (blob: Content) => Promise<T>,
): Promise<T> {
  const { place, digest } = parseDigestPlace(text);
  return await withSource(place, {}, readSideOptions(io.access, io), async (source) => {
    if (source.findContent === undefined) {
      throw new NixociError("USAGE", `${place.scheme}: does not tell blobs by their digests`, {
        hint: "registries, oci-dir: and oci-archive: do",
      });
    }
    const blob = await source.findContent(digest);
    if (blob !== undefined) return await work(blob);
    throw new NixociError("NOT_FOUND", `there is no ${digest}`);
  });
}
