/**
 * Programs of this machine that work in namespaces of their own, and that end when this process
 * does, however it ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { NixociError } from "../../base/errors.ts";
import { toOneLine } from "../../base/text.ts";
import type { ByteStream } from "../../bytes/stream.ts";
import { END_ALL } from "./end-all.ts";
import { HELPER_ENVIRONMENT } from "./environment.ts";
import { notStartedError, setMapping } from "./map-ids.ts";
import type { IdMapping } from "./mapping.ts";

/** A script for `sh`, and where it runs. */
export interface HelperScript {
  /** The text; it reads bytes that are sent to it from descriptor 7, and reports lines to 5. */
  readonly text: string;
  readonly folder: string;
  /** The IDs in a user namespace of its own; it runs in ours when left out. */
  readonly mapping: IdMapping | undefined;
  /** The other namespaces, as flags of `unshare`. */
  readonly namespaces?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A script that runs. */
export interface Helper {
  /** The bytes that the script's commands print, and those that it is asked for (descriptors 1 and 6). */
  readonly output: Readable;
  readonly result: Readable;
  readonly input: Writable;
  /** Returns the next line that the script reports; `undefined` when there are no more. */
  nextReport(): Promise<string | undefined>;
  /** Waits for the end, and for the last of its output. @returns the exit status, and the first line of what went wrong. */
  wait(): Promise<{ readonly status: number | null; readonly complaint: string }>;
  /** Ends it with all that it began. */
  stop(): Promise<void>;
}

/**
 * Ends the program when this process has ended, which closes its end of descriptor 4 without a word.
 * (The `kill` of dash knows no `--`.)
 */
const WATCH = "( exec </dev/null >/dev/null 2>&1 3<&- 5>&- 6>&- 7<&-; " +
  `read -r _ <&4 || { kill -9 $$; ${END_ALL}\nkill -9 -$$; } ) & exec 4<&-; `;

/**
 * Waits for the word that the IDs are mapped: only a program that starts afterwards has root's
 * powers. Gaining them undoes what `unshare --kill-child` has set, so it is set again; if the
 * parent has ended before that, there is nobody who sends the script.
 */
const BEGIN = "echo ready >&5; read -r _ <&3 && exec setpriv --pdeathsig KILL " +
  "sh -c 'echo armed >&5; exec sh -s <&3 3<&-'";

/**
 * Starts a script.
 * @throws NixociError `UNSUPPORTED` when it cannot be started: `unshare` is missing, or the system
 * allows no namespace or no mapping; the message has the system's words.
 */
export async function beginHelper(script: HelperScript): Promise<Helper> {
  const { mapping, namespaces = [], folder, signal } = script;
  const flags = [...mapping === undefined ? [] : ["--user"], ...namespaces];
  const shell = flags.length === 0 ? ["sh"] : ["unshare", ...flags, "--", "sh"];
  const child = spawn("sh", ["-c", `${WATCH}exec "$@"`, "sh", ...shell, "-c", BEGIN], {
    cwd: folder,
    env: HELPER_ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const helper = listenToHelper(child);
  const stop = () => void helper.stop();
  signal?.addEventListener("abort", stop);
  helper.ended.finally(() => signal?.removeEventListener("abort", stop));
  if (await helper.nextReport() !== "ready") throw notStartedError((await helper.wait()).complaint);
  try {
    if (mapping !== undefined) await setMapping(child.pid!, mapping);
  } catch (error) {
    await helper.stop();
    throw error;
  }
  const words = child.stdio[3] as Writable;
  words.write("go\n");
  if (await helper.nextReport() !== "armed") throw notStartedError((await helper.wait()).complaint);
  words.end(`${script.text}\n`);
  return helper;
}

function listenToHelper(child: ChildProcess): Helper & { readonly ended: Promise<unknown> } {
  const [, output, errors, , life, reports, result, input] = child.stdio as unknown as (
    & Readable
    & Writable
  )[];
  for (const stream of child.stdio) stream?.on("error", () => {});
  let complaint = "";
  errors!.setEncoding("latin1").on("data", (text: string) => complaint += text.slice(0, 4096));
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      complaint ||= error.message;
      resolve(null);
    });
    child.on("exit", (status) => {
      life!.end("ended\n");
      resolve(status);
    });
  });
  const closed = Promise.all(
    [output, errors].map((stream) => new Promise<void>((resolve) => stream!.on("close", resolve))),
  );
  const wait = async () => {
    const status = await ended;
    await closed;
    return { status, complaint: toOneLine(complaint.trim().split("\n", 1)[0]!).slice(0, 300) };
  };
  return {
    output: output!,
    result: result!,
    input: input!,
    nextReport: createLineReader(reports!),
    ended,
    wait,
    async stop() {
      life!.destroy();
      child.kill("SIGKILL");
      stopGroup(child.pid);
      await ended;
    },
  };
}

/** Ends what is left of the helper's group: without a namespace of processes, there may be more. */
function stopGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // there is none any more
  }
}

/** Returns a reader of lines, which waits until there is one. */
function createLineReader(stream: Readable): () => Promise<string | undefined> {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let rest = "";
  let isEnded = false;
  stream.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    for (const line of parts) {
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next(line);
    }
  });
  stream.on("close", () => {
    isEnded = true;
    for (const next of waiting.splice(0)) next(undefined);
  });
  return () => {
    const line = lines.shift();
    if (line !== undefined || isEnded) return Promise.resolve(line);
    return new Promise((resolve) => waiting.push(resolve));
  };
}

/**
 * Runs a script that is given bytes and reports nothing, to its end.
 * @throws NixociError `IO` when it fails; what `beginHelper` and the bytes throw.
 */
export async function runToEnd(script: HelperScript, input?: ByteStream): Promise<void> {
  const helper = await beginHelper(script);
  helper.output.resume();
  helper.result.resume();
  try {
    if (input === undefined) helper.input.end();
    else await feedHelper(helper, input, script.signal);
    const { status, complaint } = await helper.wait();
    script.signal?.throwIfAborted();
    if (status !== 0) throw new NixociError("IO", complaint || `it ended with status ${status}`);
  } finally {
    await helper.stop();
  }
}

/** Sends bytes to a script until it takes no more; it says itself why. */
export async function feedHelper(
  { input }: Pick<Helper, "input">,
  bytes: ByteStream,
  signal?: AbortSignal,
): Promise<void> {
  for await (const chunk of bytes) {
    signal?.throwIfAborted();
    const isTaken = await new Promise((resolve) => input.write(chunk, (error) => resolve(!error)));
    if (!isTaken) return;
  }
  input.end();
}
