/** What runs of the tests of hazards have seen, and the table of docs/trust.md that comes of it. */
import type { Part } from "./hazards-parts.ts";

/** One run of a part; a line of `test/hazards/seen.jsonl`. */
export interface Run {
  readonly part: string;
  readonly runtime: "node" | "deno";
  readonly version: string;
  /** The day on which it ended, as in 2026-11-29. */
  readonly date: string;
  /** What moments, calls and inputs came from; only of parts that are counted. */
  readonly seed?: number;
  /** It was one of `--full`. */
  readonly full?: true;
  readonly held: number;
  readonly tried: number;
  /**
   * How long it took, on a machine that may have had much else to do; the first runs, which were
   * written down together afterwards, do not say.
   */
  readonly seconds?: number;
}

/** The runtimes, and what the table calls them. */
export const RUNTIMES = { node: "Node", deno: "Deno" } as const;
const NAMES = Object.keys(RUNTIMES) as (keyof typeof RUNTIMES)[];

/** Reads the lines of runs. */
export function parseRuns(text: string): Run[] {
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/**
 * Selects the runs that count: of those without a seed the last one of `--full`, or else the last; of
 * each seed the last one that tried the most. One in which something did not hold makes those before
 * it void, and is what counts until another follows.
 */
export function selectRuns(runs: readonly Run[]): Run[] {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  return seeds.map((seed) => {
    const ofSeed = runs.filter((run) => run.seed === seed);
    const good = ofSeed.slice(ofSeed.findLastIndex(({ held, tried }) => held !== tried) + 1);
    const most = Math.max(...good.map(({ tried }) => tried));
    const isMost = ({ full, tried }: Run): boolean => seed === undefined ? full! : tried === most;
    return good.findLast(isMost) ?? ofSeed.at(-1)!;
  });
}

/** Writes the table, in Markdown, with what is to be known of the runs below it. */
export function formatTable(parts: readonly Part[], runs: readonly Run[]): string {
  const selected = parts.flatMap(({ name }) =>
    NAMES.flatMap((runtime) =>
      selectRuns(runs.filter((run) => run.part === name && run.runtime === runtime))
    )
  );
  const rows = parts.map(({ name, hazard }) => {
    const cells = NAMES.map((runtime) =>
      formatCell(selected.filter((run) => run.part === name && run.runtime === runtime))
    );
    return `| ${[hazard, `\`${name}\``, ...cells].join(" | ")} |`;
  });
  const heads = ["hazard", "part", ...Object.values(RUNTIMES).map((name) => `held on ${name}`)];
  return [
    `| ${heads.join(" | ")} |`,
    `|${" --- |".repeat(heads.length)}`,
    ...rows,
    "",
    ...NAMES.map((runtime) => describeRuns(selected.filter((run) => run.runtime === runtime))),
  ].join("\n");
}

function formatCell(runs: readonly Run[]): string {
  if (runs.length === 0) return "not tried";
  const [held, tried] = [sum(runs, "held"), sum(runs, "tried")].map((count) =>
    count.toLocaleString("en")
  );
  const seeds = runs.flatMap(({ seed }) => seed ?? []).sort((a, b) => a - b);
  const seed = seeds.length === 0 ? "" : `, seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
  const dates = [...new Set(runs.map(({ date }) => date))].sort();
  return `${held} of ${tried}; ${[...new Set([dates[0], dates.at(-1)])].join(" to ")}${seed}`;
}

/** Says which versions were tried, and how long that took. */
function describeRuns(runs: readonly Run[]): string {
  if (runs.length === 0) return "";
  const name = RUNTIMES[runs[0]!.runtime];
  const versions = [...new Set(runs.map(({ version }) => version))].sort();
  const timed = runs.filter(({ seconds }) => seconds !== undefined);
  const hours = (sum(timed, "seconds") / 3600).toFixed(1);
  return `${name} ${
    versions.join(" and ")
  }: of ${runs.length} runs ${timed.length} were timed, and ` +
    `took ${hours} hours together.`;
}

function sum(runs: readonly Run[], field: "held" | "tried" | "seconds"): number {
  return runs.reduce((all, run) => all + (run[field] ?? 0), 0);
}
