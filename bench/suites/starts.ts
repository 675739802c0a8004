/** How long the command line takes to begin, beside a bare Node. */
import { measure, type Measurement, summarize } from "../measure.ts";
import type { Suite } from "../suite.ts";
import { mark, markdown, showTime } from "../table.ts";
import { NODE } from "../tools.ts";

interface StartUp {
  readonly name: string;
  readonly milliseconds: number;
  /** What it is to reach, in milliseconds. */
  readonly target?: number;
}

const CASES: readonly { name: string; command: readonly string[]; target?: number }[] = [
  { name: "node -e 0", command: [process.execPath, "-e", "0"] },
  { name: "nixoci --version", command: [...NODE, "--version"], target: 60 },
  { name: "nixoci copy --help", command: [...NODE, "copy", "--help"], target: 150 },
  { name: "nixoci inspect --help", command: [...NODE, "inspect", "--help"], target: 150 },
];

/** The median of so many starts each, in turn; the first of each warms the caches. */
async function measureStarts(runs: number): Promise<StartUp[]> {
  const all = CASES.map(() => [] as Measurement[]);
  for (let i = 0; i <= runs; i++) {
    for (const [n, { command }] of CASES.entries()) {
      const once = await measure(command, process.env);
      if (i > 0) all[n]!.push(once);
    }
  }
  return CASES.map(({ name, target }, n) => ({
    name,
    milliseconds: summarize(all[n]!).milliseconds,
    ...(target !== undefined && { target }),
  }));
}

function tableOf(starts: readonly StartUp[]): string {
  return markdown(
    ["start", "time", "target"],
    starts.map(({ name, milliseconds, target }) => [
      `\`${name}\``,
      `${target === undefined ? "" : mark(milliseconds <= target)}${showTime(milliseconds)}`,
      target === undefined ? "–" : `${target} ms`,
    ]),
  );
}

export const suite: Suite = {
  summary: "how long the command line takes to begin, beside a bare Node",
  run: async ({ runs }) => tableOf(await measureStarts(2 * runs)),
};
