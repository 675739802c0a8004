/** Exports to a directory: `--dir` and `--bundle`. */
import { omitMissing } from "../../../base/omit-missing.ts";
import type { Image } from "../../../image/root.ts";
import type { UnpackOptions, UnpackResult } from "../../../unpack/unpack.ts";
import type { Io } from "../../kit/io.ts";
import { withExportedImage } from "./choice.ts";
import type { ExportFlags } from "./flags.ts";

/** The result of unpacking, and its folder. */
export interface ExportedDirectory extends UnpackResult {
  readonly path: string;
}

/** Unpacks to `--dir`, or makes the bundle. */
export async function exportDirectory(
  source: string,
  flags: ExportFlags,
  io: Io,
): Promise<ExportedDirectory> {
  const adaptations = omitMissing({ special: flags.special, maxSize: flags["max-size"] });
  const path = flags.bundle ?? flags.dir!;
  return await withExportedImage(source, flags, io, async (image, options) => {
    const unpacked = await writeTo(path, image, flags, { ...options, ...adaptations });
    return { path, ...unpacked };
  });
}

async function writeTo(
  path: string,
  image: Image,
  flags: ExportFlags,
  options: UnpackOptions,
): Promise<UnpackResult> {
  if (flags.bundle === undefined) {
    const { unpack } = await import("../../../unpack/unpack.ts");
    return await unpack(image, path, options);
  }
  const { writeBundle } = await import("../../../unpack/bundle/mod.ts");
  return await writeBundle(image, path, options);
}
