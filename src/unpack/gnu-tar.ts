/**
 * Makes what the runtime has no call for: devices, FIFOs, extended attributes, times finer than
 * seconds. GNU tar has all of them, is on nearly every Linux, and takes any number of files in one
 * process, names and values as bytes in a stream: nothing of an image is ever part of a command line.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import { oneLine } from "../base/text.ts";

/** How tar shall treat what is there. */
export interface ExtractOptions {
  /** Set owners; otherwise they are left to the system. */
  readonly owners: boolean;
  /** Give directories that are there new attributes, instead of failing. */
  readonly overDirectories?: boolean;
  readonly signal?: AbortSignal;
}

const PROGRAMS = ["tar", "gtar"];

/** Nothing of the user's settings (TAR_OPTIONS) has a say. */
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };

let found: Promise<string | undefined> | undefined;

/** What GNU tar is called here; `undefined` where there is none. Asked once. */
export function findGnuTar(): Promise<string | undefined> {
  return found ??= (async () => {
    for (const program of PROGRAMS) if (await isGnuTar(program)) return program;
    return undefined;
  })();
}

function isGnuTar(program: string): Promise<boolean> {
  const options = { env: ENVIRONMENT, timeout: 10_000 };
  return new Promise((resolve) => {
    execFile(program, ["--version"], options, (_, stdout) => resolve(/GNU tar/.test(stdout)));
  });
}

/**
 * Has tar extract the archive into the directory.
 * @returns how many attributes the file system did not take.
 * @throws NixociError `IO` with what tar complains of first; what the archive throws.
 */
export async function extractArchive(
  program: string,
  directory: string,
  archive: ByteStream,
  options: ExtractOptions,
): Promise<number> {
  const child = spawn(program, argumentsOf(options), {
    cwd: directory,
    env: ENVIRONMENT,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said = listenTo(child);
  try {
    await feedArchive(child.stdin!, archive, options.signal);
    if (await said.ended === 0) return said.refused();
    throw new NixociError("IO", `tar could not make a file: ${said.complaint()}`);
  } finally {
    child.kill("SIGKILL");
    await said.ended;
  }
}

/** Writes until tar wants no more. Why it does not, it says itself. */
async function feedArchive(
  stdin: NonNullable<ChildProcess["stdin"]>,
  archive: ByteStream,
  signal: AbortSignal | undefined,
): Promise<void> {
  stdin.on("error", () => {});
  for await (const chunk of archive) {
    signal?.throwIfAborted();
    const taken = await new Promise((resolve) => stdin.write(chunk, (error) => resolve(!error)));
    if (!taken) return;
  }
  stdin.end();
}

function argumentsOf({ owners, overDirectories }: ExtractOptions): string[] {
  return [
    "--extract",
    "--file=-",
    overDirectories ? "--overwrite-dir" : "--keep-old-files",
    owners ? "--same-owner" : "--no-same-owner",
    "--numeric-owner",
    "--preserve-permissions",
    "--xattrs",
    "--xattrs-include=*",
    "--absolute-names", // links are made as they are; our names are checked
    "--warning=no-timestamp",
  ];
}

/** What tar says: attributes that it could not set, and what else is wrong. */
function listenTo(child: ChildProcess) {
  let rest = "";
  let first: string | undefined;
  let refused = 0;
  const hear = (line: string) => {
    if (line.includes("Cannot set '") && line.includes("extended attribute")) refused++;
    else if (line !== "") first ??= line;
  };
  child.stderr!.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!.slice(0, 4096);
    lines.forEach(hear);
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      first ??= error.message;
      resolve(null);
    });
    child.on("close", (code) => {
      hear(rest);
      resolve(code);
    });
  });
  return {
    ended,
    refused: () => refused,
    complaint: () => oneLine(first ?? "it ended early").replace(/^tar: /, "").slice(0, 300),
  };
}
