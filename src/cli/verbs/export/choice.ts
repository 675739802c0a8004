/** Opens the image that is exported, and reads the flags that tarballs and directories share. */
import { parsePlace } from "../../../../transports/reference.ts";
import type { Notice, OnNotice } from "../../../base/notices.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Selection } from "../../../flatten/glob.ts";
import type { Image } from "../../../image/root.ts";
import type { Scratch } from "../../../image/disk/scratch.ts";
import { normalizeTime } from "../../../image/config/time.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { DisplayMode } from "../../progress/display.ts";
import { READING, withProgress } from "../../progress/mod.ts";
import { findLayer, watchImage, withImage } from "../../reference/image.ts";
import type { ExportFlags } from "./flags.ts";

/** The options that tarballs and directories have in common. */
export interface ExportOptions extends Selection {
  readonly layer?: number;
  readonly stripComponents?: number;
  readonly mtime?: bigint;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  readonly onNotice: OnNotice;
}

/** Runs the work on the image to be exported, with what the flags say of it, and shows progress. */
export async function withExportedImage<T>(
  source: string,
  flags: ExportFlags,
  { access, signal }: Io,
  work: (image: Image, options: ExportOptions) => Promise<T>,
): Promise<T> {
  const place = parsePlace(source, { lasting: true });
  const mtime = readEntryTime(flags.mtime, process.env["SOURCE_DATE_EPOCH"]);
  return await withProgress(chooseDisplay(flags), (show) => {
    const notice = (notice: Notice) => show({ type: "notice", ...notice });
    const options = readSideOptions(access, { signal, notice });
    return withImage(place, flags, options, async (image, scratch) => {
      const choice = omitMissing({
        paths: flags.path,
        excludes: flags.exclude,
        layer: findLayer(image, flags.layer),
        stripComponents: flags["strip-components"],
        mtime,
      });
      const how = { ...choice, scratch, signal, onNotice: notice };
      return await work(watchImage(image, show, signal), how);
    });
  }, READING);
}

/** Chooses how progress shows: what is not a terminal has no use for a line of each layer. */
function chooseDisplay({ quiet, progress }: ExportFlags): DisplayMode {
  if (quiet) return "quiet";
  return progress === "auto" && !process.stderr.isTTY ? "notices" : progress;
}

/**
 * Reads the one time of all entries, in nanoseconds: `--mtime`, else `SOURCE_DATE_EPOCH`, else none.
 * A time without a zone is UTC, whichever of them says it.
 * @throws NixociError `USAGE`.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function readEntryTime(
  flag: string | undefined,
  epoch: string | undefined,
): bigint | undefined {
  const text = flag ?? (epoch ? `@${epoch}` : undefined);
  if (text === undefined) return undefined;
  const [, seconds] = /^@(-?\d{1,12})$/.exec(text) ?? [];
  if (seconds !== undefined) return BigInt(seconds) * 1_000_000_000n;
  const time = normalizeTime(text);
  if (time !== undefined) return BigInt(Date.parse(time)) * 1_000_000n;
  const name = flag === undefined ? "SOURCE_DATE_EPOCH" : "--mtime";
  throw new NixociError("USAGE", `${name}: ${JSON.stringify(flag ?? epoch)} is not a time`, {
    hint: "write seconds since 1970 as @1700000000, or a date as 2024-01-31T12:00:00Z",
  });
}
