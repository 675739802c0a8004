/** The work of `nixoci blob get`. */
import { writeContentFile } from "../../../../image/disk/content-file.ts";
import { useResources } from "../../../../base/dispose.ts";
import type { Digest } from "../../../../bytes/digest.ts";
import { openOutput } from "../../../../bytes/disk/open-output.ts";
import type { Io } from "../../../kit/io.ts";
import { refuseTerminal } from "../../../kit/terminal.ts";
import { withBlob } from "../../../reference/with-blob.ts";

/** A blob that was written. */
export interface WrittenBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** Writes a blob. */
export async function getBlob(
  text: string,
  output: string | undefined,
  io: Io,
): Promise<WrittenBlob> {
  if (output === undefined) {
    refuseTerminal("a blob", "name a file with --output, or pipe it into another command");
    io.claimOutput();
  }
  return await withBlob(text, io, async (blob) => {
    const { digest, size } = blob.descriptor;
    if (output !== undefined) await writeContentFile(blob, output, { signal: io.signal });
    else {
      await useResources(async (hold) => {
        const out = hold(await openOutput("-", { signal: io.signal }));
        for await (const chunk of blob.open({ signal: io.signal })) await out.write(chunk);
        await out.commit();
      });
    }
    return { digest, size };
  });
}
