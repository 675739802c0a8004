/**
 * Makes what Node and Deno have no call for: devices, FIFOs, extended attributes, times finer than
 * seconds. GNU tar has all of them, is on nearly every Linux, and takes any number of files in one
 * process, names and values as bytes in a stream: nothing of an image is ever part of a command
 * line.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import type { ByteStream } from "../bytes/stream.ts";
import { NixociError } from "../base/errors.ts";
import { toOneLine } from "../base/text.ts";

/** Options for extracting. */
export interface ExtractOptions {
  /** Sets owners; otherwise they are left to the system. */
  readonly owners: boolean;
  /** Gives existing directories new attributes, instead of failing. */
  readonly overDirectories?: boolean;
  readonly signal?: AbortSignal;
}

const PROGRAMS = ["tar", "gtar"];

/** The environment: none of the user's settings (TAR_OPTIONS). */
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", LC_ALL: "C" };

let found: Promise<string | undefined> | undefined;

/** Finds the name of GNU tar on this machine; `undefined` if there is none. Asked once. */
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
 * Runs tar to extract the archive into the directory.
 * @returns the number of attributes that the
 * file system did not take.
 * @throws NixociError `IO` with tar's first complaint; and as the archive does.
 */
export async function unpackWithTar(
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

/** Writes the archive to tar until it takes no more; tar itself says why. */
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

/** Collects tar's messages: attributes that it could not set, and its first other complaint. */
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
    complaint: () => toOneLine(first ?? "it ended early").replace(/^tar: /, "").slice(0, 300),
  };
}
