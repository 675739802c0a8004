/** Runs commands and collects what they say. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CommandOptions {
  /** The whole environment of the command; by default our own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Milliseconds until the command is killed; four minutes by default. */
  readonly timeout?: number;
}

export interface CommandResult {
  /** The exit status; -1 when a signal ended it. */
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command to its end, whatever that is. */
export async function attempt(
  command: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    env: { ...options.env ?? process.env },
    stdio: "pipe",
    timeout: options.timeout ?? 240_000,
    killSignal: "SIGKILL",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  child.stdin.on("error", () => {}); // a command may end before it has read everything
  child.stdin.end(options.input);
  const [code, signal] = await once(child, "close") as [number | null, NodeJS.Signals | null];
  return {
    status: code ?? -1,
    signal,
    stdout: Buffer.concat(out),
    stderr: Buffer.concat(err).toString(),
  };
}

/** What a command that must succeed printed on stdout, as text. */
export async function run(command: readonly string[], options?: CommandOptions): Promise<string> {
  return (await runBytes(command, options)).toString();
}

/** What a command that must succeed printed on stdout. */
export async function runBytes(
  command: readonly string[],
  options?: CommandOptions,
): Promise<Buffer> {
  const { status, signal, stdout, stderr } = await attempt(command, options);
  if (status === 0) return stdout;
  const how = signal === null ? `exited with ${status}` : `was ended by ${signal}`;
  throw new Error(`${command.join(" ")} ${how}\n${stderr}${stdout.toString().slice(-2000)}`);
}

/** The arguments that run the project's command line on the runtime that runs us. */
export function nixociCommand(...args: string[]): string[] {
  const launcher = new URL("../../../bin/nixoci.js", import.meta.url).pathname;
  const runtime = process.versions["deno"] === undefined ? [] : ["run", "--allow-all"];
  return [process.execPath, ...runtime, launcher, ...args];
}
