/** The work of `nixoci manifest get`. */
import { parsePlace } from "../../../../../transports/reference.ts";
import { writeAtomicFile } from "../../../../bytes/disk/atomic.ts";
import type { Digest } from "../../../../bytes/digest.ts";
import { readContent } from "../../../../image/content.ts";
import { MAX_DOCUMENT } from "../../../../image/json.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { withRoot } from "../../../reference/with-source.ts";

/** A manifest, and what it is. */
export interface GotManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly bytes: Buffer;
}

/** Reads a manifest, and writes it to a file where one is named. */
export async function readManifestAt(
  source: string,
  output: string | undefined,
  platforms: readonly string[] | undefined,
  io: Io,
): Promise<GotManifest> {
  const place = parsePlace(source, { lasting: true });
  const options = readSideOptions(io.access, io);
  return await withRoot(place, { platforms }, options, async ({ manifest }) => {
    const bytes = await readContent(manifest, MAX_DOCUMENT);
    if (output !== undefined) await writeAtomicFile(output, bytes);
    const { digest, mediaType, size } = manifest.descriptor;
    return { digest, mediaType, size, bytes };
  });
}
