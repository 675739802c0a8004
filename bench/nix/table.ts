/** The results of the nix suite as Markdown. */
import type { Measurement } from "../measure.ts";
import { mark, markdown, PEAK_TARGET, showTime } from "../table.ts";

/** What was measured beside, in the same turns. */
export interface NixPeer {
  readonly name: string;
  readonly measured: Measurement;
}

/** One thing that was measured, and what it is to reach: a part of the peer's time, or a time. */
export interface NixResult {
  readonly name: string;
  readonly target: { readonly ratio?: number; readonly milliseconds?: number };
  readonly peer: NixPeer;
  readonly ours: Measurement;
}

/** A table of all results. */
export function nixTable(results: readonly NixResult[], packages: number): string {
  const lines = results.map(({ name, target, peer, ours }) => {
    const ratio = ours.milliseconds / peer.measured.milliseconds;
    const met = ratio <= (target.ratio ?? Infinity) &&
      ours.milliseconds <= (target.milliseconds ?? Infinity);
    const wanted = target.ratio?.toFixed(2) ??
      (target.milliseconds === undefined ? "–" : `${target.milliseconds} ms`);
    const peak = `${mark(ours.peak <= PEAK_TARGET)}${Math.round(ours.peak / 2 ** 20)} MiB`;
    const processor = ours.processor / peer.measured.processor;
    const beside = `${peer.name}, ${showTimes(peer.measured)}`;
    const part = `${ratio.toFixed(2)}; ${processor.toFixed(2)}`;
    return [name, mark(met) + showTimes(ours), beside, part, wanted, peak];
  });
  const head = ["what", "time; processor", "beside", "ratios", "target", "peak memory"];
  return [`${packages} packages.`, "", markdown(head, lines)].join("\n");
}

function showTimes({ milliseconds, processor }: Measurement): string {
  return `${showTime(milliseconds)}; ${showTime(processor)}`;
}
