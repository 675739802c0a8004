/** The results of the nix suite as Markdown. */
import type { Measurement } from "../measure.ts";
import { mark, PEAK_TARGET, showTime } from "../table.ts";

/** One thing that was measured, and what it is to reach: a part of the script's time, or a time. */
export interface NixResult {
  readonly name: string;
  readonly target: { readonly ratio?: number; readonly milliseconds?: number };
  /** The whole image, streamed by Python. */
  readonly script: Measurement;
  readonly ours: Measurement;
}

/** A table of all results. */
export function nixTable(results: readonly NixResult[], packages: number): string {
  const lines = results.map(({ name, target, script, ours }) => {
    const ratio = ours.milliseconds / script.milliseconds;
    const met = ratio <= (target.ratio ?? Infinity) &&
      ours.milliseconds <= (target.milliseconds ?? Infinity);
    const wanted = target.ratio?.toFixed(2) ??
      (target.milliseconds === undefined ? "–" : `${target.milliseconds} ms`);
    const peak = `${mark(ours.peak <= PEAK_TARGET)}${Math.round(ours.peak / 2 ** 20)} MiB`;
    const time = `${showTime(ours.milliseconds)}; ${showTime(ours.processor)}`;
    const processor = ours.processor / script.processor;
    const part = `${ratio.toFixed(2)}; ${processor.toFixed(2)}`;
    return `| ${name} | ${mark(met)}${time} | ${part} | ${wanted} | ${peak} |`;
  });
  const script = results[0]?.script;
  return [
    `${packages} packages; Python streams the image to /dev/null in ${
      script && showTime(script.milliseconds)
    }.`,
    "",
    "| what | time; processor | of Python's | target | peak memory |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}
