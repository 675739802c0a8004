/**
 * Runs the tests of what attackers, networks and machines do, on Node and on Deno, prints how many
 * cases held, and writes the table of docs/trust.md. `--full` tries all cases and as many rounds as
 * `FULL` says, which takes hours; `--check` writes nothing. `--only kills` runs the files whose names
 * have that in them, and `--runtime node` on one runtime, as CI does, a part a job; neither writes the
 * table. Exit status 1 where one did not hold.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const home = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(home, "docs/trust.md");
const NAMES: Readonly<Record<string, string>> = { node: "Node", deno: "Deno" };
const [BEGIN, END] = ["<!-- table -->\n", "\n<!-- end of table -->"];

/** What `--full` tries, where the environment does not say otherwise. */
const FULL = {
  HAZARDS_FULL: "1",
  HAZARDS_FUZZ: "1000000",
  HAZARDS_KILLS: "2000",
  HAZARDS_FAULTS: "150",
  HAZARDS_SWAPS: "2000",
  HAZARDS_TAGS: "100",
};

/** What is shown, the test files that show it, and which tests of them, by their full names. */
const HAZARDS: readonly (readonly [name: string, files: readonly string[], which?: RegExp])[] = [
  [
    "hostile tars, to a tar and to a folder",
    ["test/hazards/tars", "test/unpack/hostile"],
    /^(?!harmless)/,
  ],
  ["tars that are cut, damaged or read in two ways", [
    "test/tar/hostile",
    "test/tar/desync",
    "test/tar/limits",
  ]],
  [
    "hostile documents",
    ["test/hazards/documents", "test/image/load", "test/image/nested"],
    /^(?!harmless)/,
  ],
  ["harmless twins of both", ["test/hazards/tars", "test/hazards/documents"], /^harmless/],
  ["hostile registries and token servers", ["test/transports/registry/hostile-"]],
  ["hostile clients of our registry", ["test/serve/hostile"]],
  ["a secret in a wrong file", ["test/hazards/canary"]],
  ["bombs, floods and drips", [
    "test/hazards/bombs",
    "test/image/bounds",
    "test/flatten/bounds",
    "test/transports/registry/hostile-endless",
    "test/transports/registry/hostile-slow",
  ]],
  ["fuzzed inputs of seven kinds", ["test/hazards/fuzz"]],
  ["network faults, each at every request", ["test/hazards/network"]],
  ["artifacts that lead out of their folder", ["test/artifact/write-files"]],
  ["kills at random moments", ["test/hazards/kills"]],
  ["system calls that fail, or are killed in", ["test/hazards/faults"]],
  ["rounds in which files are swapped for links", ["test/hazards/swaps"]],
  ["tags that eight writers write at a time", ["test/hazards/writers"]],
  ["a cache that was changed", ["test/cache/cache"]],
  ["what is installed with nixoci", ["test/supply"]],
  ["signals while something waits", ["test/cli/kit/interrupt"]],
];

interface TestResult {
  readonly fullName: string;
  readonly status: string;
  readonly meta?: { readonly cases?: number };
}

interface FileResult {
  readonly name: string;
  readonly assertionResults: readonly TestResult[];
}

const { values: flags } = parseArgs({
  options: {
    full: { type: "boolean" },
    check: { type: "boolean" },
    only: { type: "string" },
    runtime: { type: "string" },
  },
});
const { only = "", runtime = "" } = flags;
const hazards = HAZARDS
  .map(([name, files, which]) =>
    [name, files.filter((file) => file.includes(only)), which] as const
  )
  .filter(([, files]) => files.length > 0);
const all = [...new Set(hazards.flatMap(([, files]) => files))];
const commands = [["node"], ["deno", "run", "-A"]].filter(([name]) => name!.includes(runtime));
if (all.length * commands.length === 0) throw new Error("there is no such part, or runtime");
const runs = commands.map((command) => runTests(command, all));
const rows = hazards.map(([name, ...where]) =>
  [name, ...runs.map((results) => countHeld(results, ...where))] as const
);
const lines = [
  `| hazard | ${commands.map(([name]) => `held on ${NAMES[name!]}`).join(" | ")} |`,
  `| --- |${" --- |".repeat(commands.length)}`,
  ...rows.map(([name, ...counts]) =>
    `| ${[name, ...counts.map(([held, all]) => `${format(held)} of ${format(all)}`)].join(" | ")} |`
  ),
];
console.log(lines.join("\n"));
if (!flags.check && only + runtime === "") writeTable(lines);
const isHeld = rows.every(([, ...counts]) =>
  counts.every(([held, all]) => held === all && all > 0)
);
process.exitCode = isHeld ? 0 : 1;

/** @param command a runtime of this folder, and its words before the script. */
function runTests(command: readonly string[], files: readonly string[]): readonly FileResult[] {
  const folder = mkdtempSync(join(tmpdir(), "nixoci-hazards-"));
  const report = join(folder, "report.json");
  const vitest = join(home, "node_modules/vitest/vitest.mjs");
  const words = ["run", "--project", "unit", "--reporter=json", `--outputFile=${report}`, ...files];
  const [runtime, ...before] = command;
  const program = join(home, "node_modules/.bin", runtime!);
  const env = { ...(flags.full && FULL), ...process.env };
  try {
    spawnSync(program, [...before, vitest, ...words], { cwd: home, env, stdio: "ignore" });
    return JSON.parse(readFileSync(report, "utf8")).testResults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Counts the cases that held, and all that were tried. */
function countHeld(
  results: readonly FileResult[],
  files: readonly string[],
  which = /^/,
): [number, number] {
  const tried = results
    .filter(({ name }) => files.some((file) => relative(home, name).startsWith(file)))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => which.test(fullName))
    .filter(({ status }) => status === "passed" || status === "failed");
  const held = tried.filter(({ status }) => status === "passed");
  return [sumCases(held), sumCases(tried)];
}

function sumCases(tests: readonly TestResult[]): number {
  return tests.reduce((sum, { meta }) => sum + (meta?.cases ?? 1), 0);
}

function format(count: number): string {
  return count.toLocaleString("en");
}

function writeTable(lines: readonly string[]): void {
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN) as [string, string];
  writeFileSync(PAGE, `${before}${BEGIN}\n${lines.join("\n")}\n${END}${rest.split(END)[1]}`);
  spawnSync("npx", ["deno", "fmt", "-q", PAGE], { cwd: home });
}
