/** Commands that a signal reaches in the middle of their work. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Starts a command, and sends it a signal once it is at work; starts it again where it was done before
 * that, as it may be on a busy machine.
 * @returns its status, and the signal that ended it.
 */
export async function interrupt(
  signal: NodeJS.Signals,
  begin: () => Promise<ChildProcess>,
  isAtWork: () => Promise<boolean>,
): Promise<readonly [status: number | null, by: NodeJS.Signals | null]> {
  for (let left = 10;; left--) {
    const child = await begin();
    const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    while (child.exitCode === null && !await isAtWork()) await sleep(1);
    send(signal, child.pid!);
    const [status, by] = await ended;
    if (status !== 0 || left === 0) return [status, by];
  }
}

/** Not by child.kill(): Deno then says that the signal ended it, whatever its status is. */
function send(signal: NodeJS.Signals, pid: number): void {
  try {
    process.kill(pid, signal);
  } catch { /* it has just ended */ }
}
