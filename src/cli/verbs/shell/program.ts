/** Runs programs that a shell image is made or used with. */
import { spawn } from "node:child_process";
import { NixociError } from "../../../base/errors.ts";
import { redactReply } from "../../../base/text.ts";

/** The surroundings of a program. */
export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Tells whether people see what it says of its work, and not only why it failed. */
  readonly showsErrors: boolean;
  /** Says what to do where it is not there. */
  readonly hint: string;
  readonly signal: AbortSignal;
}

/** In bytes; of what a program says, the end counts. */
const MOST_SAID = 4096;

/**
 * Runs a program, and returns what it prints.
 * @throws NixociError `NOT_FOUND` when it is not there, `REFUSED` with its last words.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, showsErrors, hint, signal }: ProgramOptions,
): Promise<string> {
  const child = spawn(program, args, {
    env,
    signal,
    stdio: ["ignore", "pipe", showsErrors ? "inherit" : "pipe"],
  });
  let [printed, said] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => printed += text);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-MOST_SAID);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", (error) => reject(explainStart(error, program, hint, signal)));
    child.on("close", resolve);
  });
  if (status === 0) return printed;
  const words = said.trim().split("\n").filter((line) => !line.startsWith("warning:")).join(" ");
  const why = words === "" ? `it exited with ${status}` : redactReply(words);
  throw new NixociError("REFUSED", `${program} failed: ${why}`);
}

/** Explains why a program has not started. */
export function explainStart(
  error: Error,
  program: string,
  hint: string,
  signal: AbortSignal,
): unknown {
  if (signal.aborted) return signal.reason;
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
  return new NixociError("NOT_FOUND", `There is no ${program} on the PATH`, { hint, cause: error });
}
