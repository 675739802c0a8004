/** Running a program that we did not write: it may say too much, nothing, or leave others behind. */
import { Buffer } from "node:buffer";
import type { ChildProcess } from "node:child_process";
import process from "node:process";
import { NixociError } from "../../../src/base/errors.ts";

export interface RunOptions {
  /** The text on its standard input. */
  readonly input: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The time that it may take, in milliseconds. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Outcome {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly output: string;
}

const MAX_OUTPUT = 1024 * 1024;
// When it has ended, all that it said is in the pipe; a child of its own may keep that open.
const DRAIN = 200;
const HAS_GROUPS = process.platform !== "win32";

/**
 * Runs the program to its end, in a process group of its own: when it is given up, whatever it has
 * started ends with it. What it leaves behind after a regular end is its own business.
 * @throws NixociError `LIMIT` past 1 MiB of output, `AUTH` when it takes too long; the signal's
 * reason; Node's own when it cannot be started.
 */
export async function run(
  command: string,
  args: readonly string[],
  { input, env, patience, signal }: RunOptions,
): Promise<Outcome> {
  signal?.throwIfAborted();
  const { spawn } = await import("node:child_process"); // few need it, and it takes 2 ms to load
  const child = spawn(command, args, {
    env: env as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "ignore"],
    detached: HAS_GROUPS,
    windowsHide: true,
  });
  const stop = (): void => stopProgram(child);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal?.reason);
  const late = setTimeout(() => {
    reject(new NixociError("AUTH", `${command} takes longer than ${patience / 1000} s`));
  }, patience);
  signal?.addEventListener("abort", abort);
  process.on("exit", stop);
  try {
    child.stdin.on("error", () => {}); // it may answer without reading
    child.stdin.end(input);
    return await Promise.race([waitForExit(child, child.stdout, command), aborted]);
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearTimeout(late);
    signal?.removeEventListener("abort", abort);
    process.off("exit", stop);
    child.stdin.destroy();
    child.stdout.destroy();
  }
}

function waitForExit(
  child: ChildProcess,
  stdout: NodeJS.ReadableStream,
  command: string,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    stdout.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) chunks.push(chunk);
      else reject(new NixociError("LIMIT", `${command} says more than ${MAX_OUTPUT} bytes`));
    });
    child.on("error", reject);
    child.on("exit", (status) => {
      const done = (): void => {
        clearTimeout(drained);
        resolve({ status, output: Buffer.concat(chunks).toString() });
      };
      const drained = setTimeout(done, DRAIN);
      child.on("close", done);
    });
  });
}

function stopProgram(child: ChildProcess): void {
  if (child.pid === undefined) return; // it was never there
  try {
    if (HAS_GROUPS) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
