/**
 * Runs the tests of what attackers, networks and machines do, prints how many held, and writes the
 * table of docs/trust.md. `--check` writes nothing. Exit status 1 where one did not hold.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
const PAGE = join(home, "docs/trust.md");
const [BEGIN, END] = ["<!-- table -->\n", "\n<!-- end of table -->"];

/** What is shown, and the test files that show it. */
const HAZARDS: readonly (readonly [name: string, files: readonly string[]])[] = [
  ["hostile tars, read", ["test/tar/hostile", "test/tar/desync", "test/tar/limits"]],
  ["hostile tars, unpacked", ["test/unpack/hostile"]],
  ["hostile documents, and indexes in indexes", ["test/image/load", "test/image/nested"]],
  ["hostile registries", ["test/transports/registry/hostile-"]],
  ["hostile clients of our registry", ["test/serve/hostile"]],
  ["network faults, each at every request", ["test/hazards/network"]],
  ["a secret in a wrong file", ["test/hazards/canary"]],
  ["a cache that was changed", ["test/cache/cache"]],
  ["signals while something waits", ["test/cli/kit/interrupt"]],
];

interface FileResult {
  readonly name: string;
  readonly assertionResults: readonly { readonly status: string }[];
}

const results = runTests(HAZARDS.flatMap(([, files]) => files));
const rows = HAZARDS.map(([name, files]) => [name, ...countHeld(files, results)] as const);
const lines = [
  "| hazard | held | of |",
  "| --- | --- | --- |",
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];
console.log(lines.join("\n"));
if (!process.argv.includes("--check")) writeTable(lines);
process.exitCode = rows.every(([, held, all]) => held === all && all > 0) ? 0 : 1;

function runTests(files: readonly string[]): readonly FileResult[] {
  const folder = mkdtempSync(join(tmpdir(), "nixoci-hazards-"));
  const report = join(folder, "report.json");
  const vitest = join(home, "node_modules/vitest/vitest.mjs");
  const words = ["run", "--project", "unit", "--reporter=json", `--outputFile=${report}`, ...files];
  const runtime = "Deno" in globalThis ? ["run", "-A"] : [];
  try {
    spawnSync(process.execPath, [...runtime, vitest, ...words], { cwd: home, stdio: "ignore" });
    return JSON.parse(readFileSync(report, "utf8")).testResults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countHeld(files: readonly string[], results: readonly FileResult[]): [number, number] {
  const found = results.filter(({ name }) =>
    files.some((file) => relative(home, name).startsWith(file))
  ).flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed");
  return [found.filter(({ status }) => status === "passed").length, found.length];
}

function writeTable(lines: readonly string[]): void {
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN) as [string, string];
  writeFileSync(PAGE, `${before}${BEGIN}\n${lines.join("\n")}\n${END}${rest.split(END)[1]}`);
  spawnSync("npx", ["deno", "fmt", "-q", PAGE], { cwd: home });
}
