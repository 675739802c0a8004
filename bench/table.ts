/** The results as Markdown. */
import type { Result } from "./copies.ts";
import type { BenchImage } from "./images.ts";
import type { Row } from "./rows.ts";

/** Peak memory that no copy is to exceed, in bytes. */
export const PEAK_TARGET = 128 * 2 ** 20;

/** What was measured for one row of one image: of nixoci, of skopeo, perhaps of nixoci on Deno. */
export interface Measured {
  readonly image: Pick<BenchImage, "name">;
  readonly row: Row;
  readonly results: readonly Result[];
}

/** One table for all copies. */
export function copyTable(measured: readonly Measured[]): string {
  const others = measured[0]?.results.slice(2).map(({ tool }) => tool) ?? [];
  const head = [
    "copy",
    "image",
    "skopeo",
    "nixoci",
    "ratio",
    "target",
    "peak memory (at most 128 MiB)",
    "skopeo's",
    ...others,
  ];
  return markdown(head, measured.map(copyLine));
}

function copyLine({ image, row, results }: Measured): string[] {
  const [ours, skopeo, ...others] = results as [Result, Result, ...Result[]];
  const ratio = ours.milliseconds / skopeo.milliseconds;
  const met = row.milliseconds === undefined
    ? ratio <= (row.ratio ?? Infinity)
    : ours.milliseconds <= row.milliseconds;
  const size = row.size === undefined ? "" : `, size ${(ours.size / skopeo.size).toFixed(2)}`;
  const sizeTarget = row.size === undefined ? "" : `, size ${row.size.toFixed(2)}`;
  const target = row.milliseconds === undefined
    ? `${row.ratio?.toFixed(1) ?? "–"}${sizeTarget}`
    : `${row.milliseconds} ms`;
  return [
    row.name,
    image.name,
    showTime(skopeo.milliseconds),
    showTime(ours.milliseconds),
    `${mark(met)}${ratio.toFixed(2)}${size}`,
    target,
    `${mark(ours.peak <= PEAK_TARGET)}${mebibytes(ours.peak)}`,
    mebibytes(skopeo.peak),
    ...others.map((other) => `${showTime(other.milliseconds)}, ${mebibytes(other.peak)}`),
  ];
}

/** The word before what misses its target. */
export function mark(met: boolean): string {
  return met ? "" : "**missed** ";
}

/** A time for people. */
export function showTime(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(2)} s`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

/** A table in Markdown. */
export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}
