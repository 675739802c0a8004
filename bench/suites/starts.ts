/** How long the command line takes to begin, and how many modules it loads, beside a bare Node. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measure, type Measurement } from "../measure.ts";
import type { Suite } from "../suite.ts";
import { formatTimes, leastOf, mark, markdown } from "../table.ts";
import { NODE } from "../tools.ts";

interface StartUp {
  readonly name: string;
  readonly all: readonly Measurement[];
  /** What it is to reach, in milliseconds. */
  readonly target?: number;
  /** The files of ours and the modules of Node's that are loaded. */
  readonly modules: number;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HELLO = `oci-dir:${join(ROOT, "examples/hello")}`;
const PLAN = join(tmpdir(), `nixoci-bench-${process.pid}.json`);

const CASES: readonly { name: string; command: readonly string[]; target?: number }[] = [
  { name: "node -e 0", command: [process.execPath, "-e", "0"] },
  { name: "nixoci --version", command: [...NODE, "--version"], target: 45 },
  { name: "nixoci digest --help", command: [...NODE, "digest", "--help"], target: 80 },
  { name: "nixoci digest oci-dir:", command: [...NODE, "digest", HELLO], target: 80 },
  {
    name: "nixoci plan --copy-to-root",
    command: [...NODE, "plan", "--copy-to-root", join(ROOT, "examples"), "-o", PLAN],
  },
  { name: "nixoci ls oci-dir:", command: [...NODE, "ls", HELLO] },
  { name: "nixoci tags oci-dir:", command: [...NODE, "tags", HELLO] },
];

/** So many starts each, in turn; the first of each warms the caches. */
async function measureStarts(runs: number): Promise<StartUp[]> {
  const all = CASES.map(() => [] as Measurement[]);
  for (let i = 0; i <= runs; i++) {
    for (const [n, { command }] of CASES.entries()) {
      const once = await measure(command, process.env);
      if (i > 0) all[n]!.push(once);
    }
  }
  const starts = CASES.map(({ name, command, target }, n) => ({
    name,
    modules: countModules(command),
    all: all[n]!,
    ...(target !== undefined && { target }),
  }));
  rmSync(PLAN, { force: true });
  return starts;
}

function countModules([node = "", ...words]: readonly string[]): number {
  const preload = join(ROOT, "test/support/loaded.cjs");
  const { stderr } = spawnSync(node, ["--require", preload, ...words], { encoding: "utf8" });
  const { files, own } = JSON.parse(stderr.trim().split("\n").at(-1)!);
  return files.length + own.length;
}

function tableOf(starts: readonly StartUp[]): string {
  return markdown(
    ["best, median; processor", "", "aim", "modules"],
    starts.map(({ name, all, target, modules }) => [
      `\`${name}\``,
      `${target === undefined ? "" : mark(leastOf(all).best <= target)}${formatTimes(all)}`,
      target === undefined ? "–" : `${target} ms`,
      `${modules}`,
    ]),
  );
}

export const suite: Suite = {
  summary: "how long the command line takes to begin, and what it loads, beside a bare Node",
  needs: ["time"],
  run: async ({ runs }) => tableOf(await measureStarts(2 * runs)),
};
