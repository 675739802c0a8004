/** One process that runs command lines one after another, each in the folder that it is for. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { execPath } from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { COMPILED, type Outcome, RUN } from "./run.ts";

/** A process that runs command lines. */
export interface CommandServer extends AsyncDisposable {
  /** Runs one in a folder. It must not read standard input, which is the server's. */
  run(argv: readonly string[], cwd: string): Promise<Outcome>;
}

/** Starts it; a file that a command leaves open is a failure of the command. */
export function startServer(env: NodeJS.ProcessEnv): CommandServer {
  const script = fileURLToPath(new URL("serving.ts", import.meta.url));
  const child = spawn(execPath, [...RUN, script], {
    env: { ...env, NODE_COMPILE_CACHE: COMPILED },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (argv: readonly string[], cwd: string): Promise<Outcome> => {
    child.stdin.write(JSON.stringify({ argv, cwd }) + "\n");
    const { done, value } = await answers.next();
    if (done) throw new Error(`the process of the commands has ended, in ${argv.join(" ")}`);
    return JSON.parse(value);
  };
  return {
    run(argv, cwd) {
      const answer = last.then(() => ask(argv, cwd));
      last = answer.catch(() => {});
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}
