/** Servers that never outlive the test run that started them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Guarded {
  /** Everything that the server has said so far. */
  log(): Promise<string>;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

export interface GuardedOptions {
  /** The server's own folder; it is made, and removed when the server has ended. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Looks whether the server answers; errors and `false` mean: not yet. */
  readonly ready: (log: string) => Promise<boolean> | boolean;
}

const READY_WITHIN = 60_000;

/**
 * Starts a server and waits until it answers.
 * @throws Error with the end of the server's log, when it does not come up.
 */
export async function startGuarded(
  command: readonly string[],
  { folder, env, ready }: GuardedOptions,
): Promise<Guarded> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "log");
  const guard = new URL("guard.sh", import.meta.url).pathname;
  const child = spawn("bash", [guard, folder, path, ...command], {
    env: { ...env },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // out of reach of Ctrl-C: the pipe alone says when to stop
  });
  const log = () => readFile(path, "utf8").catch(() => "");
  const ended = once(child, "exit");
  const stop = async () => {
    child.stdin?.end();
    await ended;
  };
  if (await comesUp(child, log, ready)) return { log, stop };
  const said = await log();
  await stop();
  throw new Error(`${command[0]} does not come up: ${said.trim().slice(-1500) || "it ended"}`);
}

async function comesUp(
  child: ChildProcess,
  log: () => Promise<string>,
  ready: GuardedOptions["ready"],
): Promise<boolean> {
  const deadline = Date.now() + READY_WITHIN;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      if (await ready(await log())) return true;
    } catch { /* not yet */ }
    await sleep(50);
  }
  return false;
}
