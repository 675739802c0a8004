/** The work of `nixoci sync`. */
import { NixociError } from "../../../base/errors.ts";
import type { SyncConfig, SyncedImage, SyncResult } from "../../../sync/mod.ts";
import { syncImages } from "../../../sync/mod.ts";
import type { GivenFlag, GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { formatBytes } from "../../kit/text.ts";
import { withProgress } from "../../progress/mod.ts";
import { readSyncWords } from "./config.ts";
import type { SyncFlags } from "./flags.ts";
import { printJob, refuseUncarried } from "./kubernetes.ts";
import { createMeans } from "./means.ts";
import { checkMetricsFile, writeMetrics } from "./metrics.ts";
import { readShard } from "./shard.ts";
import { followSchedules } from "./watch.ts";

/** The flags, and those of them that were given. */
interface SyncWords {
  readonly flags: SyncFlags & GlobalFlags;
  readonly given: readonly GivenFlag[];
}

/** Syncs as the words say: once, or again and again. */
export async function syncPlaces(
  source: string,
  destination: string | undefined,
  { flags, given }: SyncWords,
  io: Io,
): Promise<void> {
  if (flags.kubernetes !== undefined) {
    refuseUncarried(given);
    return await printJob(source, destination, flags, io);
  }
  readShard(flags.shard);
  if (flags.metrics !== undefined) await checkMetricsFile(flags.metrics);
  const config = await readSyncWords(source, destination, flags);
  if (!flags.watch) return refuseFailures(await syncOnce(config, flags, io));
  await followSchedules(config, flags.every, io, async (config) => {
    await syncOnce(config, flags, io);
  });
}

/** Follows the rules once, and says what was done. */
async function syncOnce(
  config: SyncConfig,
  flags: SyncFlags & GlobalFlags,
  io: Io,
): Promise<SyncResult> {
  const isDrawn = flags.progress === "tty" || flags.progress === "auto" && process.stderr.isTTY;
  // In a log a line for each image is enough; for each blob there would be thousands.
  const mode = flags.quiet
    ? "quiet"
    : flags["dry-run"] || flags.progress === "auto" && !isDrawn
    ? "notices"
    : flags.progress;
  const isAtOnce = !flags.json && !isDrawn;
  const means = createMeans(io);
  const began = performance.now();
  const result = await withProgress(mode, (onEvent) =>
    syncImages(config, means, {
      dryRun: flags["dry-run"] ?? false,
      jobs: flags.jobs,
      parallel: flags.parallel,
      shard: readShard(flags.shard),
      signal: io.signal,
      onEvent,
      onImage: (image) => {
        for (const line of isAtOnce ? formatImage(image) : []) io.write(line + "\n");
      },
    }));
  const seconds = (performance.now() - began) / 1000;
  if (flags.metrics !== undefined) await writeMetrics(flags.metrics, result, seconds);
  io.print(result, () => [
    ...isAtOnce ? [] : result.images.flatMap(formatImage),
    formatTotals(result, flags["dry-run"] ?? false),
  ]);
  return result;
}

/** Writes a line for an image, unless it was there already. */
function formatImage({ status, source, destination, digest, error }: SyncedImage): string[] {
  if (status === "unchanged" || status === "immutable") return [];
  const end = error === undefined ? `  ${digest ?? ""}` : `  ${error.message}`;
  return [`${status.padEnd(7)}  ${source}  ->  ${destination}${end}`];
}

function formatTotals({ totals }: SyncResult, isDry: boolean): string {
  const { copied, planned, unchanged, immutable, failed, bytes } = totals;
  const done = isDry ? `${planned} to copy` : `${copied} copied`;
  const moved = `${formatBytes(bytes)} ${isDry ? "would move" : "moved"}`;
  const settled = immutable > 0 ? `, ${immutable} immutable` : "";
  return `${done}, ${unchanged} unchanged${settled}, ${failed} failed; ${moved}`;
}

/** Fails when an image did, and sums the causes up. */
function refuseFailures({ images, totals }: SyncResult): void {
  if (totals.failed === 0) return;
  const byCode = Object.entries(Object.groupBy(
    images.flatMap(({ error }) => error ?? []),
    ({ code }) => code,
  )).map(([code, failures]) => `${failures?.length ?? 0} ${code}`);
  const message = `${totals.failed} of ${images.length} could not be copied (${byCode.join(", ")})`;
  throw new NixociError("INCOMPLETE", message, {
    hint: "see to what failed and run it again: what is there does not move",
  });
}
