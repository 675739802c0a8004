/** Exports to a directory: `--dir` and `--bundle`. */
import type { Notice } from "../../../base/notices.ts";
import type { PlaceReference } from "../../../../transports/reference.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import type { Image } from "../../../image/root.ts";
import type { UnpackOptions, UnpackResult } from "../../../unpack/unpack.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { withProgress } from "../../progress/mod.ts";
import { watchImage, withImage } from "../../reference/image.ts";
import { chooseDisplay, readEntryTime, readSelection } from "./choice.ts";
import type { ExportFlags } from "./flags.ts";

/** The result of unpacking, and its folder. */
export interface ExportedDirectory extends UnpackResult {
  readonly path: string;
}

/** Unpacks to `--dir`, or makes the bundle. */
export async function exportDirectory(
  source: PlaceReference,
  flags: ExportFlags,
  io: Io,
): Promise<ExportedDirectory> {
  const mtime = readEntryTime(flags.mtime, process.env["SOURCE_DATE_EPOCH"]);
  const { signal } = io;
  return await withProgress(chooseDisplay(flags), (show) => {
    const notice = (notice: Notice) => show({ type: "notice", ...notice });
    const options = readSideOptions(io.access, { signal, notice });
    return withImage(source, flags, options, async (image) => {
      const path = flags.bundle ?? flags.dir!;
      const unpacked = await writeTo(path, watchImage(image, show, signal), flags, {
        ...readSelection(image, flags),
        ...omitMissing({ mtime, special: flags.special, maxSize: flags["max-size"] }),
        onNotice: notice,
        signal,
      });
      return { path, ...unpacked };
    });
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
