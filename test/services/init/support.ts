/** Inits that run as processes of this machine. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { finished } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { findInitTools } from "../../../src/services/init/find-tools.ts";
import { makeInit } from "../../../src/services/init/make.ts";
import type { InitTools } from "../../../src/services/init/tools.ts";
import { writeInitTree } from "../../../src/services/init/write.ts";
import type { Service } from "../../../src/services/service.ts";
import { makeServiceCommand } from "../../../src/services/words.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** The tools of this machine. @throws where there are none. */
export function ownTools(): InitTools {
  return findInitTools((process.env["PATH"] ?? "").split(delimiter), isProgram, "this machine");
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A service of a test; `run` is a text for `sh`. */
export function serviceOf(
  { name = "a", run, ...more }: Partial<Service> & { readonly run?: string },
): Service {
  return {
    name,
    origin: `services.${name}`,
    type: "long-run",
    start: run === undefined ? [] : [makeServiceCommand(["sh", "-c", run])],
    restart: { kind: "no", strictSignals: true },
    ...more,
  };
}

export type TestService = Parameters<typeof serviceOf>[0];

/** Writes the tree of an init; returns its folder. */
export async function writeInit(
  services: readonly TestService[],
  tools = ownTools(),
): Promise<string> {
  const folder = join(await temporaryFolder(), "tree");
  const tree = makeInit(services.map(serviceOf), { tools, folder });
  await writeInitTree([...tree.programs, ...tree.services], folder);
  return folder;
}

/** An init that runs. */
export interface RunningInit {
  /** Sends it a signal, TERM by default. */
  kill(signal?: NodeJS.Signals): void;
  /** Sends TERM to its process group; only for one that {@link runInGroup} has started. */
  killGroup(): void;
  readonly state: string;
  /** What it has printed. */
  output(): string;
  /** Waits until it has printed these lines, in any order. */
  until(...lines: readonly string[]): Promise<void>;
  /** Waits for its end. */
  ended: Promise<{ readonly status: number | null; readonly output: string }>;
}

/** Runs services by hand: `DIR/init STATE-DIR`. */
export async function runInit(
  services: readonly TestService[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningInit> {
  const tree = await writeInit(services);
  return startInit([join(tree, "init")], join(tree, "../state"), env);
}

/** Runs services by hand, in a process group of their own, as a shell with jobs does. */
export async function runInGroup(services: readonly TestService[]): Promise<RunningInit> {
  const tree = await writeInit(services);
  return startInit(["s6-setsid", join(tree, "init")], join(tree, "../state"));
}

/** Starts a program with the folder of the state as its last word. */
export function startInit(
  words: readonly string[],
  state: string,
  env: Readonly<Record<string, string>> = {},
): RunningInit {
  const [program = "", ...rest] = words;
  const child = spawn(program, [...rest, state], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    cwd: join(state, ".."),
  });
  let output = "";
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<RunningInit["ended"]>>();
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
      for (const check of waiting) check();
    });
  }
  // Its last line has been missing once on Deno, where only its end was waited for.
  const read = [child.stdout, child.stderr].map((stream) => finished(stream).catch(() => {}));
  child.on("close", (status) => void Promise.all(read).then(() => resolve({ status, output })));
  // Not child.kill: after that, Deno forgets with which status a process has ended.
  const kill = (signal: NodeJS.Signals = "SIGTERM") => void process.kill(child.pid!, signal);
  const killGroup = () => void process.kill(-child.pid!, "SIGTERM");
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) kill();
    return ended.then(() => {});
  });
  const until = (...lines: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      const check = () => lines.every((line) => `\n${output}`.includes(`\n${line}`)) && resolve();
      waiting.push(check);
      check();
      ended.then(() => reject(new Error(`it ended without ${lines}: ${output}`)));
    });
  return { kill, killGroup, state, output: () => output, until, ended };
}

/** Runs services to the end. */
export async function endInit(
  services: readonly TestService[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly output: string }> {
  return await (await runInit(services, env)).ended;
}

/** Tells whether a process runs. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/^\d+ \(.*\) Z/.test(stat);
}
