/** Writes what a run did, for programs that watch it: OpenMetrics text, or lines of JSON. */
import { access, appendFile, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { NixociError, wrapError } from "../../../base/errors.ts";
import type { SyncResult } from "../../../sync/mod.ts";

/**
 * Writes a run to the file: a line more where it ends in `.jsonl`, else anew, whole or not at all, as
 * node_exporter's textfile collector wants it.
 */
export async function writeMetrics(
  path: string,
  result: SyncResult,
  seconds: number,
  now = Date.now(),
): Promise<void> {
  try {
    if (path.endsWith(".jsonl")) await appendFile(path, formatJsonLine(result, seconds, now));
    else await writeAtomicFile(path, formatOpenMetrics(result, seconds, now), { follow: true });
  } catch (error) {
    throw wrapError(error, `Cannot write metrics to ${path}`);
  }
}

/**
 * Checks that the file can be written, before anything moves.
 * @throws NixociError where its folder is not there, or may not be written.
 */
export async function checkMetricsFile(path: string): Promise<void> {
  try {
    await access(`${dirname(path)}/.`, constants.W_OK);
    if ((await stat(path).catch(() => undefined))?.isDirectory()) {
      throw new NixociError("USAGE", "it is a folder", { hint: "name a file in it" });
    }
  } catch (error) {
    throw wrapError(error, `Cannot write metrics to ${path}`);
  }
}

/** Formats a run as a line of JSON. */
function formatJsonLine(
  { images, totals }: SyncResult,
  seconds: number,
  now: number,
): string {
  const failed = images.flatMap(({ status, source, destination, error }) =>
    status === "failed" ? [{ source, destination, code: error?.code }] : []
  );
  const time = new Date(now).toISOString();
  return JSON.stringify({ time, seconds, ...totals, failures: failed }) + "\n";
}

/**
 * Formats a run as OpenMetrics text.
 * @see https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 */
export function formatOpenMetrics({ totals }: SyncResult, seconds: number, now: number): string {
  const { bytes, mounted, ...statuses } = totals;
  const at = (now / 1000).toFixed(3);
  const gauge = (name: string, help: string, lines: readonly string[]) => [
    `# TYPE nixoci_sync_${name} gauge`,
    `# HELP nixoci_sync_${name} ${help}`,
    ...lines.map((line) => `nixoci_sync_${name}${line}`),
  ];
  return [
    ...gauge(
      "images",
      "Images of the last run, by what became of them.",
      Object.entries(statuses).map(([status, count]) => `{status="${status}"} ${count}`),
    ),
    ...gauge("moved_bytes", "Bytes of blobs that the last run moved.", [` ${bytes}`]),
    ...gauge("mounted_blobs", "Blobs that the last run took from other repositories.", [
      ` ${mounted}`,
    ]),
    ...gauge("duration_seconds", "How long the last run took.", [` ${seconds.toFixed(3)}`]),
    ...gauge("end_timestamp_seconds", "When the last run ended.", [` ${at}`]),
    "# EOF",
    "",
  ].join("\n");
}
