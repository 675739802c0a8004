/** The work of `nixoci blob put`. */
import { openSink } from "../../../../../transports/mod.ts";
import { openArtifactFile } from "../../../../artifact/mod.ts";
import { useResources } from "../../../../base/dispose.ts";
import type { Digest } from "../../../../bytes/digest.ts";
import type { Io } from "../../../kit/io.ts";
import { readSideOptions } from "../../../kit/sides.ts";
import { parseWritablePlace } from "../../../reference/writable-place.ts";

/** A blob that is there. */
export interface PutBlob {
  readonly digest: Digest;
  readonly size: number;
  /** It was not there before. */
  readonly moved: boolean;
}

/** Puts a file as a blob, unless it is there. */
export async function putFile(
  text: string,
  path: string,
  dryRun: boolean,
  io: Io,
): Promise<PutBlob> {
  const place = parseWritablePlace(text, "put a blob into");
  const content = await openArtifactFile({ path, mediaType: "application/octet-stream" });
  const { digest, size } = content.descriptor;
  return await useResources(async (hold) => {
    const sink = hold(await openSink(place, readSideOptions(io.access, io)));
    const isThere = await sink.has(content.descriptor);
    if (!isThere && !dryRun) {
      const lacking = await sink.put({ kind: "blob", content });
      if (lacking) throw lacking.error;
      const committed = await sink.commit([]);
      if ("lacks" in committed) throw committed.error;
    }
    return { digest, size, moved: !isThere };
  });
}
