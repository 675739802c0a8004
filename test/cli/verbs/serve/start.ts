/** `nixoci serve` in a process of its own, on a port that is free. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process, { execPath } from "node:process";
import { onTestFinished } from "vitest";
import { LAUNCHER, RUN } from "../../run.ts";

export interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly host: string;
  /** The first line that it printed. */
  readonly greeting: string;
  /** What it has said on standard error by now. */
  log(): string;
  /** Sends a signal; resolves with status and signal when all is over. */
  stop(signal?: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]>;
}

/** Starts it; it listens when this resolves, and is killed when the test is over. */
export function startServe(args: readonly string[], env = process.env): Promise<Started> {
  return startVerb("serve", ["--listen", "127.0.0.1:0", ...args], env);
}

/** Starts a verb that says where it can be reached. */
export async function startVerb(
  verb: string,
  args: readonly string[],
  env = process.env,
): Promise<Started> {
  const words = [...RUN, LAUNCHER, verb, ...args];
  const child = spawn(execPath, words, { stdio: ["ignore", "pipe", "pipe"], env });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let [out, err] = ["", ""];
  child.stderr.on("data", (chunk) => err += chunk);
  const [greeting] = await Promise.race([
    new Promise<string[]>((resolve) =>
      child.stdout.on("data", (chunk) => {
        out += chunk;
        if (out.includes("\n")) resolve(out.split("\n"));
      })
    ),
    ended.then(() => {
      throw new Error(`it ended: ${err}`);
    }),
  ]);
  const [url = ""] = /https?:\/\/[\d.:]+/.exec(greeting!) ?? [];
  return {
    child,
    url,
    host: url.replace(/^https?:\/\//, ""),
    greeting: greeting!,
    log: () => err,
    stop(signal = "SIGTERM") {
      process.kill(child.pid!, signal); // on Deno, child.kill says that the signal has ended it
      return ended;
    },
  };
}
