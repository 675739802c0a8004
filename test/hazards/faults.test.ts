/**
 * System calls that fail, or in which a signal comes: one call of a job, and any of them. It then is
 * right, or ends with one line, and leaves nothing. `HAZARDS_FAULTS=2000 HAZARDS_SEED=7 npx vitest run
 * test/hazards/faults` tries more of them. It takes strace, and the right to use it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../support/random.ts";
import { lacks } from "../support/tools.ts";
import {
  commandOf,
  type Course,
  expectRecovery,
  followCourse,
  listFiles,
  withSite,
} from "./support/courses.ts";
import { CALL_FAULTS, CALLS } from "./support/faults.ts";
import { type Job, JOBS } from "./support/jobs.ts";
import { createWorld, type Site, TIMEOUT, type World } from "./support/site.ts";

const ROUNDS = Number(process.env["HAZARDS_FAULTS"] ?? 0);
const SEED = Number(process.env["HAZARDS_SEED"] ?? 1);

let world: World;
beforeAll(async () => void (world = await createWorld()), TIMEOUT);
afterAll(() => world?.[Symbol.asyncDispose](), TIMEOUT);

/** A call of a job that goes wrong, the `nth` that each thread makes. */
interface Fault {
  readonly call: string;
  readonly nth: number;
  readonly how: string;
}

/** What is tried in each run of the tests: half of something is done then. */
const ALWAYS: readonly Fault[] = [
  { call: "mkdir", nth: 1, how: "ENOSPC" },
  { call: "fdatasync", nth: 1, how: "EIO" },
  { call: "rename", nth: 1, how: "SIGKILL" },
  { call: "rename", nth: 2, how: "EIO" },
];

describe.skipIf(lacks("strace"))("a system call goes wrong", () => {
  it.for(ALWAYS)("$call, $how", { timeout: TIMEOUT }, async (fault, { skip }) => {
    if (!await tryFault(JOBS[0]!, () => fault)) skip(NO_TRACE);
  });

  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    job: JOBS[round % JOBS.length]!,
    seed: SEED * 1_000_003 + round,
  }));

  it.for(rounds)("$job.name, seed $seed", { timeout: TIMEOUT }, async ({ job, seed }, { skip }) => {
    if (!await tryFault(job, (counts) => chooseFault(counts, seed))) skip(NO_TRACE);
  });
});

const NO_TRACE = "strace may not be attached to processes here";

/** Tries a fault of a job; `false` where that cannot be done. */
async function tryFault(job: Job, choose: (counts: Counts) => Fault): Promise<boolean> {
  const course = await followCourse(job, world);
  const counts = await countCalls(job);
  if (counts === undefined) return false;
  const fault = choose(counts);
  await withSite(world, async (site) => {
    const ended = await runUnder(job, site, injectionOf(fault));
    const about = JSON.stringify({ fault, ...ended });
    if (ended.status === 0) expect(await job.look(site), about).toEqual(course.after);
    else if (ended.signal === null && !PANIC.test(ended.stderr)) {
      await expectClean(site, course, about, ended.stderr);
    }
    await expectRecovery(job, site, course).catch((error) => {
      throw new Error(`${about}: ${error.message}`, { cause: error });
    });
  });
  return true;
}

/** Says whether a runtime could not even load the launcher, which is in none of its frames. */
function isUnloaded(stderr: string): boolean {
  return /^node:/.test(stderr) && !/^ +at .*(file:|\(\/)/m.test(stderr) ||
    /Import 'file:\S+nixoci\.js' failed/.test(stderr);
}

/** How Deno dies of what it does not expect itself; nobody can tidy up then. */
const PANIC = /^\n=+\nDeno has panicked/;

/** One line said why, and nothing is left. */
async function expectClean(site: Site, course: Course, about: string, stderr: string) {
  if (!isUnloaded(stderr)) expect(stderr, about).toMatch(/^nixoci: [^\n]+\n$/);
  const known = new Set(course.files);
  const strays = (await listFiles(site)).filter((line) => line.includes(".nixoci-"));
  expect(strays.filter((line) => !known.has(line)), about).toEqual([]);
}

function chooseFault(counts: Counts, seed: number): Fault {
  const random = createRandom(seed);
  const among = CALL_FAULTS.map(({ calls, ...rest }) => ({
    ...rest,
    calls: calls.filter((call) => counts.has(call)),
  })).filter(({ calls }) => calls.length > 0);
  const { calls, with: hows } = among[random(among.length)]!;
  const call = calls[random(calls.length)]!;
  const ofThreads = counts.get(call)!;
  const nth = 1 + random(ofThreads[random(ofThreads.length)]!);
  return { call, nth, how: hows[random(hows.length)]! };
}

function injectionOf({ call, nth, how }: Fault): string[] {
  const what = how.startsWith("SIG") ? `signal=${how}` : `error=${how}`;
  return [`--inject=${call}:${what}:when=${nth}`];
}

type Counts = ReadonlyMap<string, readonly number[]>;

const counted = new Map<Job, Promise<Counts | undefined>>();

/** How often each thread makes each call: calls, and a number for each thread that makes it. */
function countCalls(job: Job): Promise<Counts | undefined> {
  const counts = counted.get(job) ?? withSite(world, async (site) => {
    if (!(await runUnder(job, site, [])).traced) return undefined;
    const log = await readFile(join(site.home, "log"), "utf8");
    const made = Array.from(
      log.matchAll(/^(\d+) +(\w+)\(/gm),
      ([, thread, call]) => ({ thread, call }),
    );
    const byCall = Map.groupBy(made, ({ call }) => call!);
    return new Map([...byCall].map(([call, calls]) => {
      const byThread = Map.groupBy(calls, ({ thread }) => thread);
      return [call, [...byThread.values()].map(({ length }) => length)];
    }));
  });
  counted.set(job, counts);
  return counts;
}

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** Whether strace could be attached. */
  readonly traced: boolean;
}

/** What stops a process before it has begun, so that only what is ours is disturbed. */
const STOP = 'data:text/javascript,process.kill(process.pid,"SIGSTOP")';

async function runUnder(job: Job, site: Site, injection: readonly string[]): Promise<Ended> {
  const flags = ["Deno" in globalThis ? "--preload" : "--import", STOP];
  const child = spawn(execPath, commandOf(job, site, flags), {
    // one thread for files, so that its calls are in one order
    env: { ...site.env, UV_THREADPOOL_SIZE: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr!.on("data", (chunk) => stderr += chunk);
  const ended = once(child, "close");
  await waitFor(() => /^State:\tT/m.test(readState(child)));
  const tracer = spawn("strace", [
    "--follow-forks",
    "--quiet=all",
    `--output=${join(site.home, "log")}`,
    `--trace=${CALLS.join()}`,
    ...injection,
    `--attach=${child.pid}`,
  ], { stdio: "ignore" });
  const gone = once(tracer, "exit");
  const isTraced = () => /^TracerPid:\t[1-9]/m.test(readState(child));
  await waitFor(() => isTraced() || tracer.exitCode !== null);
  const traced = isTraced();
  process.kill(child.pid!, "SIGCONT");
  const [status, signal] = await ended;
  await gone;
  return { status, signal, stderr, traced };
}

function readState({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/status`, "utf8");
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(5);
}
