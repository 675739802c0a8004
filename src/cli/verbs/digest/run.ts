/** The work of `nixoci digest`. */
import type { Descriptor } from "../../../image/descriptor.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withRoot, withSource } from "../../reference/with-source.ts";
import { parsePlace } from "../../../../transports/reference.ts";

/** Finds the digest of what a reference names, or of what that has for the platforms. */
export async function findDigest(
  source: string,
  platforms: readonly string[] | undefined,
  io: Io,
): Promise<Descriptor> {
  const place = parsePlace(source, { lasting: true });
  const options = readSideOptions(io.access, io);
  if (platforms !== undefined) {
    return await withRoot(place, { platforms }, options, async (root) => root.manifest.descriptor);
  }
  // A registry says the digest without sending the manifest, which its pull limits do not count.
  return await withSource(
    place,
    {},
    options,
    async (source) => await source.headManifest?.() ?? (await source.resolve()).manifest.descriptor,
  );
}
