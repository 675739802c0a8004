/** Runs the jobs of GitHub's workflows here: their scripts, in order, with what GitHub would give them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { readText, runScript } from "./scripts.ts";

/** A step of a job, as far as it is used here. */
export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A job of a workflow. */
export interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** A workflow, as far as it is used here. */
export interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Reads a workflow of this repository. */
export async function readWorkflow(name: string): Promise<Workflow> {
  return parse(await readText(`.github/workflows/${name}`));
}

/** Where a job runs, and with what. */
export interface Place {
  readonly folder: string;
  readonly programs: string;
  readonly env: Readonly<Record<string, string>>;
  /** What expressions are, by their text: `github.token`. */
  readonly expressions?: Readonly<Record<string, string>>;
}

/**
 * Runs the scripts of a job until one fails. Actions of others are left out.
 * @returns the name, or else the script, of the step that has failed, and what it said on stderr.
 * @throws where an expression is not among those that are given.
 */
export async function runJob(job: Job, place: Place): Promise<string | undefined> {
  const { folder, programs, expressions = {} } = place;
  const added = join(folder, "added-paths");
  for (const { name, run, env } of job.steps) {
    if (run === undefined) continue;
    const given = { ...place.env, ...job.env, ...env, GITHUB_PATH: added };
    const expanded = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, expand(value, expressions)]),
    );
    const paths = await readFile(added, "utf8").catch(() => "");
    const path = [programs, ...paths.split("\n").filter((line) => line !== "")].join(":");
    const outcome = await runScript(expand(run, expressions), folder, path, expanded);
    if (outcome.status !== 0) return `${name ?? run}: ${outcome.stderr}`;
  }
}

function expand(text: string, expressions: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ *(.*?) *\}\}/g, (_, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) throw new Error(`the test does not know \${{ ${expression} }}`);
    return value;
  });
}
