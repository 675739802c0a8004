/** What `nixoci export --dir` and `--bundle` do, once their words are parsed. */
import type { PlaceReference } from "../../../../transports/reference.ts";
import type { Notice } from "../../../base/notices.ts";
import { given } from "../../../base/given.ts";
import type { Image } from "../../../image/root.ts";
import type { Unpacked, UnpackOptions } from "../../../unpack/unpack.ts";
import type { GlobalFlags, Io } from "../../kit/command.ts";
import { displayOf, selectionOf, timeOf, type WhichFiles } from "./run.ts";
import { layerNumber, watched, withImage } from "../../reference/image.ts";
import { type ProgressMode, withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";

/** The flags of `export` that concern directories. */
export interface DirectoryFlags extends WhichFiles, GlobalFlags {
  readonly dir?: string | undefined;
  readonly bundle?: string | undefined;
  readonly special?: boolean | undefined;
  readonly "max-size"?: number | undefined;
  readonly mtime?: string | undefined;
  readonly progress: ProgressMode;
}

/** What was unpacked, and where to. */
export interface ExportedDirectory extends Unpacked {
  readonly path: string;
}

/** Unpacks to `--dir`, or makes the bundle. */
export async function exportDirectory(
  source: PlaceReference,
  flags: DirectoryFlags,
  io: Io,
): Promise<ExportedDirectory> {
  const mtime = timeOf(flags.mtime, process.env["SOURCE_DATE_EPOCH"]);
  return await withProgress(displayOf(flags), (show) => {
    const notice = (notice: Notice) => show({ type: "notice", ...notice });
    const options = sideOptions({ ...flags }, { signal: io.signal, notice });
    return withImage(source, flags, options, async (image) => {
      const path = flags.bundle ?? flags.dir!;
      const unpacked = await makerFor(flags)(watched(image, show, io.signal), path, {
        ...selectionOf(flags),
        ...given({
          layer: layerNumber(image, flags.layer),
          stripComponents: flags["strip-components"],
          mtime,
          special: flags.special,
          maxSize: flags["max-size"],
        }),
        onNotice: notice,
        signal: io.signal,
      });
      return { path, ...unpacked };
    });
  });
}

type Maker = (image: Image, path: string, options: UnpackOptions) => Promise<Unpacked>;

function makerFor({ bundle: path }: DirectoryFlags): Maker {
  return async (...args) => {
    if (path === undefined) {
      return await (await import("../../../unpack/unpack.ts")).unpack(...args);
    }
    return await (await import("../../../unpack/bundle/mod.ts")).bundle(...args);
  };
}
