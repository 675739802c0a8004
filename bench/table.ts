/** The results as Markdown. */
import { type Measurement, summarize } from "./measure.ts";

/** Peak memory that no command is to exceed, in bytes. */
export const PEAK_TARGET = 128 * 2 ** 20;

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

/** The best and the median time, and the least processor time. */
export function formatTimes(all: readonly Measurement[]): string {
  const { best, processor } = leastOf(all);
  return `${showTime(best)}, ${showTime(summarize(all).milliseconds)}; ${showTime(processor)}`;
}

/** The least of each, which other work on the machine has touched the least. */
export function leastOf(all: readonly Measurement[]): { best: number; processor: number } {
  return {
    best: Math.min(...all.map(({ milliseconds }) => milliseconds)),
    processor: Math.min(...all.map((one) => one.processor)),
  };
}

/** A table in Markdown. */
export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}
