/**
 * Runs command lines in this process, and catches what they say. For processes of their own, because
 * oclif imports commands by itself, past the test runner's modules.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { format } from "node:util";
import { runCommand } from "../../src/cli/main.ts";
import { reportFailure } from "../../src/cli/kit/report.ts";
import type { Outcome } from "./run.ts";

const info = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

/** Writes to where what commands say does not go any more. */
export const tell: (text: string) => void = process.stdout.write.bind(process.stdout);

let said = { stdout: "", stderr: "" };

for (const name of ["stdout", "stderr"] as const) {
  process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    said[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    const written = rest.at(-1); // a stream that is piped here waits for it
    if (typeof written === "function") queueMicrotask(() => written());
    return true;
  };
}
// Deno's console does not write to process.stdout.
console.log = (...words: unknown[]) => void (said.stdout += format(...words) + "\n");

/** Runs a command line; how it went. */
export async function runLine(argv: readonly string[]): Promise<Outcome> {
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
