/**
 * SIGKILL at random moments. `HAZARDS_KILLS=2000 HAZARDS_SEED=7 npx vitest run test/hazards/kills`
 * kills more often, and at other moments.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createRandom } from "../support/random.ts";
import { commandOf, expectRecovery, followCourse, withSite } from "./support/courses.ts";
import { type Job, JOBS } from "./support/jobs.ts";
import { createWorld, type Site, TIMEOUT, type World } from "./support/site.ts";

const ROUNDS = Number(process.env["HAZARDS_KILLS"] ?? 0);
const SEED = Number(process.env["HAZARDS_SEED"] ?? 1);

let world: World;
beforeAll(async () => void (world = await createWorld()), TIMEOUT);
afterAll(() => world?.[Symbol.asyncDispose](), TIMEOUT);

/** The jobs that are killed once in each run of the tests. */
const ALWAYS = [
  "copy to oci-dir",
  "copy and compress",
  "copy to docker-archive",
  "pull",
  "push",
  "export to a folder",
];
const jobs = ROUNDS > 0 ? JOBS : JOBS.filter(({ name }) => ALWAYS.includes(name));

const rounds = Array.from({ length: ROUNDS || jobs.length }, (_, round) => {
  const share = 0.2 + 0.8 * createRandom(SEED * 1_000_003 + round)(1000) / 1000;
  return { job: jobs[round % jobs.length]!, share };
});

describe("killed at any moment", () => {
  it.for(rounds)(
    "$job.name, after $share of its time",
    { timeout: TIMEOUT },
    async ({ job, share }) => {
      const course = await followCourse(job, world);
      await withSite(world, async (site) => {
        await runAndKill(job, site, course.time * share);
        await expectRecovery(job, site, course);
      });
    },
  );
});

async function runAndKill(job: Job, site: Site, after: number): Promise<void> {
  const child = spawn(execPath, commandOf(job, site), { env: site.env, stdio: "ignore" });
  const ended = once(child, "exit");
  await Promise.race([ended, setTimeout(after)]);
  child.kill("SIGKILL");
  await ended;
}
