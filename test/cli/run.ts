/** Runs the command line as users do, in a process of the runtime that the tests run on. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import type { PackageInfo } from "../../src/cli/help/mod.ts";

export const PACKAGE: PackageInfo = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

/** How a command line went. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What comes before a script's path to run it: nothing on Node. */
export const RUN: readonly string[] = "Deno" in globalThis ? ["run", "-A"] : [];

/** Where Node keeps what it has made of the sources: to do that again takes longer than most commands. */
export const COMPILED = fileURLToPath(
  new URL("../../node_modules/.cache/compiled", import.meta.url),
);

export const LAUNCHER = fileURLToPath(new URL("../../bin/nixoci.js", import.meta.url));

/** How all of the command lines went, which one process runs one after another. */
export async function outcomes(
  lines: readonly (readonly string[])[],
  where: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Outcome[]> {
  const driver = fileURLToPath(new URL("driver.ts", import.meta.url));
  const env = { ...where.env ?? process.env, NODE_COMPILE_CACHE: COMPILED };
  const options = { ...where, env };
  const { status, stdout, stderr } = await spawned(
    execPath,
    [...RUN, driver],
    JSON.stringify(lines),
    options,
  );
  if (status !== 0) throw new Error(`the process of the commands ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Runs a program to its end. */
export function spawned(
  file: string,
  args: readonly string[],
  input = "",
  where: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Promise<Outcome> {
  const options = { maxBuffer: 1 << 26, encoding: "utf8" as const, ...where };
  return new Promise((resolve) => {
    const child = execFile(file, args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
    // A program may end before it has read anything.
    child.stdin!.on("error", () => {}).end(input);
  });
}
