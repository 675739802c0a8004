/** Exports to a tarball. */
import { useResources } from "../../../base/dispose.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { openOutput } from "../../../bytes/disk/open-output.ts";
import { pourStream } from "../../../bytes/pour.ts";
import type { ByteStream } from "../../../bytes/stream.ts";
import { flatten } from "../../../flatten/flatten.ts";
import type { Io } from "../../kit/io.ts";
import { type ExportOptions, withExportedImage } from "./choice.ts";
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
  source: string,
  flags: ExportFlags,
  io: Io,
): Promise<ExportedTarball> {
  const order = flags.order ?? "names";
  const form = { order, style: flags.style, ...omitMissing({ spoolLimit: flags["spool-limit"] }) };
  return await withExportedImage(source, flags, io, async (image, options) => {
    const size = await writeTarball(flatten(image, { ...options, ...form }), flags, options);
    return { output: flags.output, size };
  });
}

async function writeTarball(
  archive: ByteStream,
  { output: location, compress }: ExportFlags,
  { signal }: ExportOptions,
): Promise<number> {
  return await useResources(async (hold) => {
    const output = hold(
      await openOutput(location, { signal, ...omitMissing({ compress }) }),
    );
    let size = 0;
    await pourStream(archive, (chunk) => {
      signal?.throwIfAborted(); // a large file takes long where it is compressed
      size += chunk.length;
      return output.write(chunk);
    });
    await output.commit();
    return size;
  });
}
