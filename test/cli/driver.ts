/**
 * Runs command lines one after another and says how each went: JSON in, JSON out. A process of
 * its own, because oclif imports commands by itself, past the test runner's modules; one for many
 * command lines, because starting one takes longer than all of them.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { format } from "node:util";
import { runCommand } from "../../src/cli/main.ts";
import { reportFailure } from "../../src/cli/kit/report.ts";

const info = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const tell = process.stdout.write.bind(process.stdout);
let said = { stdout: "", stderr: "" };

for (const name of ["stdout", "stderr"] as const) {
  process[name].write = (chunk: string | Uint8Array) => {
    said[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
}
// Deno's console does not write to process.stdout.
console.log = (...words: unknown[]) => void (said.stdout += format(...words) + "\n");

async function outcomeOf(argv: readonly string[]) {
  said = { stdout: "", stderr: "" };
  try {
    const status = await runCommand(argv, info) ?? 0;
    return { status, ...said };
  } catch (error) {
    const { text, status } = reportFailure(error, {
      json: argv.includes("--json"),
      debug: argv.includes("--debug"),
    });
    return { status, stdout: said.stdout, stderr: said.stderr + text };
  }
}

const outcomes = [];
for (const argv of JSON.parse(readFileSync(0, "utf8"))) outcomes.push(await outcomeOf(argv));
tell(JSON.stringify(outcomes));
