/** Reads the flags that tarballs and directories have in common. */
import { omitMissing } from "../../../base/omit-missing.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Image } from "../../../image/root.ts";
import { normalizeTime } from "../../../image/config/time.ts";
import type { DisplayMode } from "../../progress/display.ts";
import { findLayer } from "../../reference/image.ts";
import type { ExportFlags } from "./flags.ts";

/** Chooses how progress shows: what is not a terminal has no use for a line of each layer. */
export function chooseDisplay({ quiet, progress }: ExportFlags): DisplayMode {
  if (quiet) return "quiet";
  return progress === "auto" && !process.stderr.isTTY ? "notices" : progress;
}

/** Reads which files the flags ask for. */
export function readSelection(image: Image, flags: ExportFlags) {
  return omitMissing({
    paths: flags.path,
    excludes: flags.exclude,
    layer: findLayer(image, flags.layer),
    stripComponents: flags["strip-components"],
  });
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
