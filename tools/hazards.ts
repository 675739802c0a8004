/**
 * Runs the tests of what attackers, networks and machines do, a part at a time, on Node and on Deno,
 * prints how many cases held, writes that down in test/hazards/seen.jsonl, and makes the table of
 * docs/trust.md of all that was ever seen. `--full` tries all cases and as many rounds as `FULL` says,
 * which takes hours; `--only kills,fuzz` runs the parts whose names begin so, `--runtime node` on one
 * runtime; `--since 2026-11-29` leaves out what the same words have seen to hold since that day, so
 * that a run that was broken off goes on. `--check` writes nothing, `--table` runs nothing. Exit
 * status 1 where one did not hold.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FULL, type Part, PARTS } from "./hazards-parts.ts";
import { formatTable, parseRuns, type Run, RUNTIMES } from "./hazards-seen.ts";

const home = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(home, "docs/trust.md");
const SEEN = join(home, "test/hazards/seen.jsonl");
const [BEGIN, END] = ["<!-- table -->\n", "\n<!-- end of table -->"];

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    runtime: { type: "string", default: "" },
    since: { type: "string" },
  },
});
const seed = Number(process.env["HAZARDS_SEED"] ?? 1);
const words = flags.only.split(",");
const parts = PARTS.filter(({ name }) => words.some((word) => name.startsWith(word)));
const runtimes = (["node", "deno"] as const).filter((name) => name.startsWith(flags.runtime));
if (parts.length * runtimes.length === 0) {
  const names = PARTS.map(({ name }) => name).join(", ");
  throw new Error(`there is no such part, or runtime; the parts are ${names}`);
}
const before = parseRuns(readFileSync(SEEN, "utf8"));
const runs: Run[] = [];
for (const part of flags.table ? [] : parts) {
  for (const runtime of runtimes) {
    if (isSeen(part, runtime)) continue;
    const run = runPart(part, runtime);
    runs.push(run);
    if (!flags.check) appendFileSync(SEEN, JSON.stringify(run) + "\n");
    const { held, tried, seconds } = run;
    console.error(`${part.name} on ${RUNTIMES[runtime]}: ${held} of ${tried}, ${seconds} s`);
  }
}
if (runs.length > 0) {
  console.log(
    formatTable(PARTS.filter(({ name }) => runs.some(({ part }) => part === name)), runs),
  );
}
if (!flags.check) writeTable(formatTable(PARTS, parseRuns(readFileSync(SEEN, "utf8"))));
process.exitCode = runs.every(({ held, tried }) => held === tried && tried > 0) ? 0 : 1;

/** Tells whether a run like this one has seen it hold since the day that `--since` names. */
function isSeen({ name, isCounted }: Part, runtime: Run["runtime"]): boolean {
  const { since, full } = flags;
  return since !== undefined &&
    before.some((run) =>
      run.part === name && run.runtime === runtime && run.date >= since &&
      (run.full ?? false) === full &&
      run.held === run.tried && run.seed === (isCounted ? seed : undefined)
    );
}

/** Runs the tests of a part on a runtime of this folder. */
function runPart(part: Part, runtime: Run["runtime"]): Run {
  const folder = mkdtempSync(join(tmpdir(), "nixoci-hazards-"));
  const report = join(folder, "report.json");
  const program = join(home, "node_modules/.bin", runtime);
  const begun = Date.now();
  try {
    spawnSync(program, [
      ...(runtime === "deno" ? ["run", "-A"] : []),
      ...[join(home, "node_modules/vitest/vitest.mjs"), "run", "--project", "unit*"],
      ...["--reporter=json", `--outputFile=${report}`],
      ...(part.which ? ["--testNamePattern", part.which.source] : []),
      ...part.files,
    ], { cwd: home, env: { ...(flags.full && FULL), ...process.env }, stdio: "ignore" });
    return {
      part: part.name,
      runtime,
      version: versionOf(program),
      date: new Date().toISOString().slice(0, 10),
      ...(part.isCounted && { seed }),
      ...(flags.full && { full: true }),
      ...countHeld(JSON.parse(readFileSync(report, "utf8")).testResults),
      seconds: Math.round((Date.now() - begun) / 1000),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return /\d+\.\d+\.\d+/.exec(stdout)![0];
}

interface FileResult {
  readonly status: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly meta?: { readonly cases?: number };
  }[];
}

/** Counts the cases that held, and all that were tried; a file that could not even be read is one. */
function countHeld(files: readonly FileResult[]): Pick<Run, "held" | "tried"> {
  const tests = files.flatMap(({ status, assertionResults }) =>
    status === "failed" && assertionResults.length === 0 ? [{ status }] : assertionResults
  );
  const countOf = (wanted: string): number =>
    tests.filter(({ status }) => status === wanted)
      .reduce((all, test) => all + ("meta" in test ? test.meta?.cases ?? 1 : 1), 0);
  const held = countOf("passed");
  return { held, tried: held + countOf("failed") };
}

function writeTable(table: string): void {
  const page = readFileSync(PAGE, "utf8");
  const [start, rest] = page.split(BEGIN) as [string, string];
  writeFileSync(PAGE, `${start}${BEGIN}\n${table}\n${END}${rest.split(END)[1]}`);
  spawnSync("npx", ["deno", "fmt", "-q", PAGE], { cwd: home });
}
