/** How jobs go that nothing disturbs, and what must be found after one that was. */
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../cli/run.ts";
import type { Job } from "./jobs.ts";
import { createSite, describe, type Site, type World } from "./site.ts";

/** How a job goes that nothing disturbs. */
export interface Course {
  /** In milliseconds. */
  readonly time: number;
  /** What is found before and afterwards. */
  readonly before: unknown;
  readonly after: unknown;
  /** What is left in all folders. */
  readonly files: readonly string[];
}

const courses = new Map<Job, Promise<Course>>();

/** Follows a job, the first time that it is asked for. */
export function followCourse(job: Job, world: World): Promise<Course> {
  const course = courses.get(job) ?? follow(job, world);
  courses.set(job, course);
  return course;
}

async function follow(job: Job, world: World): Promise<Course> {
  return await withSite(world, async (site) => {
    const before = await job.look(site);
    const begun = Date.now();
    expect(await spawned(execPath, commandOf(job, site), "", { env: site.env }))
      .toMatchObject({ status: 0, stderr: "" });
    const time = Date.now() - begun;
    return { time, before, after: await job.look(site), files: await listFiles(site) };
  });
}

/** Works in a site of its own, which then goes. */
export async function withSite<T>(world: World, work: (site: Site) => Promise<T>): Promise<T> {
  const site = await createSite(world);
  try {
    return await work(site);
  } finally {
    await site[Symbol.asyncDispose]();
  }
}

const wordsOf = (job: Job, site: Site) => [...job.words(site), "--quiet"];

/** What runs the job, after the runtime's path; `flags` are the runtime's. */
export function commandOf(job: Job, site: Site, flags: readonly string[] = []): string[] {
  return [...RUN, ...flags, LAUNCHER, ...wordsOf(job, site)];
}

/**
 * What is found after a job that ended early was there before, or should be there afterwards; and the
 * next run succeeds, and leaves what a run leaves that nothing disturbed.
 */
export async function expectRecovery(job: Job, site: Site, course: Course): Promise<void> {
  const seen = await job.look(site);
  expect([course.before, course.after]).toContainEqual(seen);
  if (job.once && isDeepStrictEqual(seen, course.after)) return;
  if (job.makes) await rm(join(site.place, job.makes), { recursive: true, force: true });
  recoverer ??= startRecoverer();
  expect(await recoverer(job, site)).toMatchObject({ status: 0, stderr: "" });
  expect(await job.look(site)).toEqual(course.after);
  expect(await listFiles(site)).toEqual(course.files);
}

let recoverer: ReturnType<typeof startRecoverer> | undefined;

/** Starts a process that runs jobs undisturbed, and ends with this one; returns what asks it. */
function startRecoverer(): (job: Job, site: Site) => Promise<Outcome> {
  const script = fileURLToPath(new URL("recoverer.ts", import.meta.url));
  const { stdin, stdout } = spawn(execPath, [...RUN, script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (job, site) => {
    stdin.write(JSON.stringify({ words: wordsOf(job, site), env: site.env }) + "\n");
    const { value, done } = await answers.next();
    if (done) throw new Error(`nothing came of ${job.name}`);
    return JSON.parse(value);
  };
}

/** Lists what is in the folders that it writes to. */
export async function listFiles({ place, home }: Site): Promise<string[]> {
  return [...await describe(place), ...await describe(join(home, "tmp"))];
}
