/**
 * Decompresses what people pack archives with, and `docker save` the layers in them. xz
 * and bzip2 are left to the system's programs, as Docker leaves xz: they take a third to a sixth of
 * the time of what npm has, hold no more than a dictionary in memory, and know every variant.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { decompressStream } from "./compression.ts";
import { type Compression, detectCompression, HEAD_SIZE, peekStream } from "./detect.ts";
import type { ByteStream } from "./stream.ts";
import { NixociError } from "../base/errors.ts";
import { toOneLine } from "../base/text.ts";

/** Compressions that an archive may have. */
export type ArchiveCompression = Compression | ProgramCompression;

/** Compressions that a program of the same name takes off. */
type ProgramCompression = "bzip2" | "xz";

/**
 * Decompresses a stream of the kind that its first bytes show; `none` passes through.
 * @throws from the stream, as `decompressStream` does, and `UNSUPPORTED` where the program for it is
 * missing, `LIMIT` for an xz stream that needs more memory than 512 MiB, the signal's reason.
 */
export async function* unpackStream(stream: ByteStream, signal?: AbortSignal): ByteStream {
  const { head, stream: whole } = await peekStream(stream, HEAD_SIZE);
  try {
    yield* unpackKind(whole, detectCompression(head), signal);
  } finally {
    await whole[Symbol.asyncDispose]();
  }
}

/** The same for xz and bzip2 alone: what the platform takes off stays on. */
export async function* unpackWithProgram(stream: ByteStream, signal?: AbortSignal): ByteStream {
  const { head, stream: whole } = await peekStream(stream, HEAD_SIZE);
  const kind = detectCompression(head);
  try {
    yield* isProgram(kind) ? unpackKind(whole, kind, signal) : whole;
  } finally {
    await whole[Symbol.asyncDispose]();
  }
}

/**
 * Decompresses a stream that is known to be of that kind. Bytes after its end are refused, for every
 * kind: as Go does, and with it Docker and podman.
 * @param signal ends a program that does not answer.
 */
export function unpackKind(
  stream: ByteStream,
  kind: ArchiveCompression,
  signal?: AbortSignal,
): ByteStream {
  return isProgram(kind) ? runProgram(kind, stream, signal) : decompressStream(stream, kind);
}

/** Tells whether a program, and not the platform, takes the compression off. */
export function isProgram(kind: ArchiveCompression): kind is ProgramCompression {
  return kind === "bzip2" || kind === "xz";
}

// None of the user's settings (XZ_OPT, BZIP2). xz -9 needs 65 MiB; a header can ask for 4 GiB.
const environmentOf = () => ({
  PATH: process.env["PATH"] ?? "",
  LC_ALL: "C",
  XZ_DEFAULTS: "--threads=1 --memlimit-decompress=512MiB",
});

async function* runProgram(
  program: ProgramCompression,
  packed: ByteStream,
  signal?: AbortSignal,
): ByteStream {
  signal?.throwIfAborted();
  const child = spawn(program, ["-d", "-c"], { env: environmentOf(), stdio: "pipe" });
  const kill = () => void child.kill("SIGKILL");
  // It may be waiting for nothing, and would then outlive us.
  process.once("exit", kill);
  signal?.addEventListener("abort", kill);
  const ended = listenTo(child, program);
  const fed = feedProgram(child, packed);
  // Its input's failure is the reader's, too; all else it says itself.
  fed.catch((error) => child.stdout.destroy(error));
  ended.catch(() => {});
  try {
    yield* child.stdout;
    signal?.throwIfAborted();
    await Promise.all([fed, ended]);
  } catch (error) {
    signal?.throwIfAborted();
    if (child.pid === undefined) await ended; // it was never there, which Deno's streams do not say
    throw error;
  } finally {
    kill();
    process.off("exit", kill);
    signal?.removeEventListener("abort", kill);
    await Promise.allSettled([fed, ended]);
  }
}

/** Writes to the program until it takes no more: then it has said why, or has all that it needs. */
async function feedProgram(
  { stdin }: ChildProcessWithoutNullStreams,
  packed: ByteStream,
): Promise<void> {
  stdin.on("error", () => {});
  for await (const chunk of packed) {
    const taken = await new Promise((resolve) => stdin.write(chunk, (error) => resolve(!error)));
    if (!taken) return;
  }
  stdin.end();
}

const MAX_COMPLAINT = 300;

/** Waits for the program's end; what it complains of is the error. */
function listenTo(
  child: ChildProcessWithoutNullStreams,
  program: ProgramCompression,
): Promise<void> {
  let complaint = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT);
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(missingError(program, cause)));
    child.on("close", (status) => {
      if (status !== 0) reject(failureOf(program, complaint));
      else if (GARBAGE.test(complaint)) reject(garbageError(program));
      else resolve();
    });
  });
}

function missingError(program: ProgramCompression, cause: Error): NixociError {
  const message = `it is compressed with ${program}, and the program ${program} cannot be run`;
  return new NixociError("UNSUPPORTED", message, {
    hint: `install ${program}, or pack the archive with gzip or zstd`,
    cause,
  });
}

// bzip2 only warns of it.
const GARBAGE = /trailing garbage/;

function garbageError(program: ProgramCompression): NixociError {
  const message = `the ${program} data is followed by bytes that are not ${program}`;
  return new NixociError("MALFORMED", message);
}

function failureOf(program: ProgramCompression, complaint: string): NixociError {
  const [line = ""] = complaint.replace(/^\s+/, "").split("\n");
  const reason = toOneLine(line.replace(/^\S+: (?:\(stdin\): )?/, "")) || "it ended early";
  if (/memory usage limit/i.test(line)) {
    return new NixociError("LIMIT", `the ${program} stream takes more than 512 MiB of memory`, {
      hint: `if it is to be trusted, unpack it with ${program} -d first`,
    });
  }
  return new NixociError("MALFORMED", `the ${program} stream is damaged or cut short: ${reason}`);
}
