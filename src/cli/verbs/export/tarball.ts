/** Exports to a tarball. */
import type { Notice, OnNotice } from "../../../base/notices.ts";
import type { PlaceReference } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { openOutput } from "../../../bytes/disk/open-output.ts";
import { flatten } from "../../../flatten/flatten.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withProgress } from "../../progress/mod.ts";
import { watchImage, withImage } from "../../reference/image.ts";
import { chooseDisplay, readEntryTime, readSelection } from "./choice.ts";
import type { ExportFlags } from "./flags.ts";

/** The tarball that was written. */
export interface ExportedTarball {
  /** The file, or `-`. */
  readonly output: string;
  /** Bytes before compression. */
  readonly size: number;
}

/** Writes the tarball. */
export async function exportTarball(
  source: PlaceReference,
  flags: ExportFlags,
  io: Io,
): Promise<ExportedTarball> {
  const mtime = readEntryTime(flags.mtime, process.env["SOURCE_DATE_EPOCH"]);
  const { signal } = io;
  return await withProgress(chooseDisplay(flags), (show) => {
    const notice = (notice: Notice) => show({ type: "notice", ...notice });
    const options = readSideOptions(io.access, { signal, notice });
    return withImage(source, flags, options, async (image, scratch) => {
      const archive = flatten(watchImage(image, show, signal), {
        ...readSelection(image, flags),
        ...omitMissing({ spoolLimit: flags["spool-limit"], mtime }),
        style: flags.style,
        scratch,
        onNotice: notice,
        signal,
      });
      const size = await writeTarball(archive, flags, { signal, onNotice: notice });
      return { output: flags.output, size };
    });
  });
}

async function writeTarball(
  archive: AsyncIterable<Uint8Array>,
  { output: location, compress }: ExportFlags,
  options: { signal: AbortSignal; onNotice: OnNotice },
): Promise<number> {
  const kind = compress === "gzip" ? "gzip-portable" : compress;
  return await useResources(async (hold) => {
    const output = hold(
      await openOutput(location, { ...options, ...omitMissing({ compress: kind }) }),
    );
    let size = 0;
    for await (const chunk of archive) {
      size += chunk.length;
      await output.write(chunk);
    }
    await output.commit();
    return size;
  });
}
