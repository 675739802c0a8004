/** Runs the scripts in files for pipelines, with programs of ours in the place of others. */
import { readFile, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execPath } from "node:process";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../cli/run.ts";
import { ROOT } from "../../docs/support/public-functions.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** The program `nixoci`, as a script. */
export const NIXOCI = `exec "${execPath}" ${RUN.join(" ")} "${LAUNCHER}" "$@"`;

/** Reads a file of this repository. */
export function readText(name: string): Promise<string> {
  return readFile(join(ROOT, name), "utf8");
}

/** Makes a folder of programs, by their texts. */
export async function placePrograms(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

/** Makes a folder with no other programs than these of this machine. */
export async function linkPrograms(...names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    const { stdout } = await spawned("sh", ["-c", `command -v ${name}`], "");
    await symlink(stdout.trim(), join(folder, name));
  }
  return folder;
}

/** Runs a script as GitHub runs a step's, with a folder of programs before those of this machine. */
export function runScript(
  script: string,
  cwd: string,
  programs: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const PATH = [programs, process.env["PATH"]].join(delimiter);
  return spawned("bash", ["-e", "-c", script], "", { cwd, env: { ...process.env, ...env, PATH } });
}

/** The text of a program that writes down how it was called, and nothing else: LOG is in its environment. */
export const RECORD = 'echo "${0##*/} $*" >> "$LOG"';
