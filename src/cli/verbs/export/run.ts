/** What `nixoci export` does with a tarball, once its words are parsed. */
import type { PlaceReference } from "../../../../transports/reference.ts";
import { openOutput } from "../../../bytes/disk/place.ts";
import { NixociError } from "../../../base/errors.ts";
import { flatten } from "../../../flatten/flatten.ts";
import type { ArchiveStyle } from "../../../flatten/archive.ts";
import { given } from "../../../base/given.ts";
import { rfc3339 } from "../../../image/time.ts";
import type { GlobalFlags, Io } from "../../kit/command.ts";
import { type ImageChoice, layerNumber, watched, withImage } from "../../reference/image.ts";
import { type ProgressMode, withProgress } from "../../progress/mod.ts";
import { sideOptions } from "../../kit/sides.ts";

/** The flags of `export` that say which files. */
export interface WhichFiles extends ImageChoice {
  readonly path?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly layer?: string | undefined;
  readonly "strip-components"?: number | undefined;
}

/** Those for a tarball. */
export interface TarballFlags extends WhichFiles, GlobalFlags {
  readonly output: string;
  readonly style: ArchiveStyle;
  readonly compress?: "none" | "gzip" | "zstd" | undefined;
  readonly mtime?: string | undefined;
  readonly "spool-limit"?: number | undefined;
  readonly progress: ProgressMode;
}

/** What was written. */
export interface ExportedTarball {
  /** The file, or `-`. */
  readonly output: string;
  /** Bytes before compression. */
  readonly size: number;
}

/** Writes the tarball. */
export async function exportTarball(
  source: PlaceReference,
  flags: TarballFlags,
  io: Io,
): Promise<ExportedTarball> {
  const mtime = timeOf(flags.mtime, process.env["SOURCE_DATE_EPOCH"]);
  return await withProgress(displayOf(flags), (show) => {
    const notice = (message: string) => show({ type: "notice", message });
    const options = sideOptions({ ...flags }, { signal: io.signal, notice });
    return withImage(source, flags, options, async (image, scratch) => {
      const archive = flatten(watched(image, show, io.signal), {
        ...selectionOf(flags),
        ...given({
          layer: layerNumber(image, flags.layer),
          stripComponents: flags["strip-components"],
          spoolLimit: flags["spool-limit"],
          mtime,
        }),
        style: flags.style,
        scratch,
        onNotice: notice,
        signal: io.signal,
      });
      const size = await write(archive, flags, { signal: io.signal, onNotice: notice });
      return { output: flags.output, size };
    });
  });
}

/** How progress shows: what is no terminal has no use for a line of each layer. */
export function displayOf(
  { quiet, progress }: { readonly quiet?: boolean; readonly progress: ProgressMode },
): ProgressMode | "notices" {
  if (quiet) return "none";
  return progress === "auto" && !process.stderr.isTTY ? "notices" : progress;
}

/** Which paths the flags ask for. */
export function selectionOf(flags: WhichFiles) {
  return given({ paths: flags.path, excludes: flags.exclude });
}

async function write(
  archive: AsyncIterable<Uint8Array>,
  { output: location, compress }: TarballFlags,
  options: { signal: AbortSignal; onNotice: (message: string) => void },
): Promise<number> {
  const kind = compress === "gzip" ? "gzip-portable" : compress;
  const output = await openOutput(location, { ...options, ...given({ compress: kind }) });
  try {
    let size = 0;
    for await (const chunk of archive) {
      size += chunk.length;
      await output.write(chunk);
    }
    await output.commit();
    return size;
  } finally {
    await output[Symbol.asyncDispose]();
  }
}

/**
 * The one time of all entries, in nanoseconds: `--mtime`, else `SOURCE_DATE_EPOCH`, else none. A time
 * without a zone is UTC, wherever it is said.
 * @throws NixociError `USAGE`.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export function timeOf(flag: string | undefined, epoch: string | undefined): bigint | undefined {
  const text = flag ?? (epoch ? `@${epoch}` : undefined);
  if (text === undefined) return undefined;
  const [, seconds] = /^@(-?\d{1,12})$/.exec(text) ?? [];
  if (seconds !== undefined) return BigInt(seconds) * 1_000_000_000n;
  const time = rfc3339(text);
  if (time !== undefined) return BigInt(Date.parse(time)) * 1_000_000n;
  const name = flag === undefined ? "SOURCE_DATE_EPOCH" : "--mtime";
  throw new NixociError("USAGE", `${name}: ${JSON.stringify(flag ?? epoch)} is no time`, {
    hint: "write seconds since 1970 as @1700000000, or a date as 2024-01-31T12:00:00Z",
  });
}
