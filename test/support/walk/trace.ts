/** Traces a reference through a run of the command line. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROBE = new URL("probe.ts", import.meta.url).href;
const MAIN = new URL("../../../src/cli/main.ts", import.meta.url).href;
const INFO = { name: "nixoci", version: "0.0.0", engines: { node: ">=22" } };

/**
 * Runs the command line on the words.
 * @returns the functions that got `mark` in an argument, as `file name`, in the order of their first calls.
 */
export async function traceWalk(
  words: readonly string[],
  mark: string,
  file: string,
): Promise<string[]> {
  const run = `import(${JSON.stringify(MAIN)})
    .then(({ main }) => main(${JSON.stringify(words)}, ${JSON.stringify(INFO)}))`;
  const env = { ...process.env, WALK_FILE: file, WALK_WORD: mark };
  const node = fileURLToPath(new URL("../../../node_modules/.bin/node", import.meta.url));
  await promisify(execFile)(node, ["--import", PROBE, "--input-type=module", "-e", run], { env });
  return (await readFile(file, "utf8")).trim().split("\n");
}
