/** Opens the output of an archive: a file that appears whole, or a pipe. */
import { fstatSync, writeSync } from "node:fs";
import process from "node:process";
import { openAtomicFile, sweepBeside } from "./atomic.ts";
import { type CompressOptions, compressStream } from "../compression.ts";
import type { Output, WrapOutput } from "../output.ts";
import { type NixociError, wrapError } from "../../base/errors.ts";
import { createPipe } from "../flow/pipe.ts";
import { isNamedPipe, openNamedPipe } from "./fifo.ts";

/** Options of an output. */
export interface OutputOptions {
  readonly signal?: AbortSignal;
  /** Wraps the output, to see the bytes or to do without it. */
  readonly through?: WrapOutput;
  /** The compression, whatever the location's name says. */
  readonly compress?: CompressOptions["kind"] | "none";
}

/**
 * Opens the output that a location names: `-` is standard output; `.tar.gz`, `.tgz`, `.tar.zst` and
 * `.tzst` are compressed; an existing file is replaced when everything is written, not before. A
 * wrapper (`through`) gets the bytes as the file does.
 * @throws NixociError `IO` and `NOT_FOUND` for what cannot be written.
 * @example
 * ```ts
 * import { openOutput, tar } from "nixoci";
 * await using output = await openOutput("hello.tar.gz");
 * const hi = { fields: { path: "hi", size: 2, mode: 0o644 }, data: Buffer.from("hi") };
 * for await (const chunk of tar.writeTar([hi])) await output.write(chunk);
 * await output.commit();
 * console.log("written"); // written
 * ```
 */
export async function openOutput(
  location: string,
  { signal, through = (open) => open(), compress }: OutputOptions = {},
): Promise<Output> {
  const plain = await through(async () => {
    if (location === "-") return openStandardOutput();
    return await isNamedPipe(location)
      ? await openPipeOutput(location, signal)
      : await openFileOutput(location);
  });
  const kind = compress ?? compressionOf(location);
  if (kind === undefined || kind === "none") return plain;
  return compressOutput(plain, kind);
}

function compressionOf(path: string): CompressOptions["kind"] | undefined {
  if (/\.t(?:ar\.)?gz$/.test(path)) return "gzip";
  return /\.t(?:ar\.)?zst$/.test(path) ? "zstd" : undefined;
}

async function openFileOutput(path: string): Promise<Output> {
  await sweepBeside(path);
  const file = await openAtomicFile(path, { follow: true });
  let size = 0;
  let appended = 0;
  return {
    write(bytes) {
      const position = size;
      size += bytes.length;
      if (position !== appended) return file.writeAt(bytes, position);
      appended = size;
      return file.write(bytes);
    },
    patch: (bytes, position) => file.writeAt(bytes, position),
    mark() {
      const then = size;
      return () => void (size = then);
    },
    commit: () => file.commit(),
    [Symbol.asyncDispose]: () => file.discard(),
  };
}

/** Makes an output that compresses what is written, which therefore cannot be patched. */
function compressOutput(output: Output, kind: CompressOptions["kind"]): Output {
  const { stream, write, end, fail } = createPipe();
  const done = (async () => {
    for await (const chunk of compressStream(stream, { kind })) await output.write(chunk);
  })();
  done.catch(fail);
  return {
    // The pipe knows no more than that its reader has gone: why, the reader says.
    write: (bytes) =>
      write(bytes).catch(async (error) => {
        await done;
        throw error;
      }),
    async commit() {
      end();
      await done;
      await output.commit();
    },
    async [Symbol.asyncDispose]() {
      fail(new Error("the archive was not finished"));
      await done.catch(() => {});
      await output[Symbol.asyncDispose]();
    },
  };
}

function outputError(error: unknown): NixociError {
  return wrapError(error, "Cannot write to standard output");
}

/** Opens the process's standard output: what is written cannot be taken back. */
function openStandardOutput(): Output {
  // A pipe may be non-blocking and its reader slow; the stream can handle that.
  const target = fstatSync(1);
  if (!target.isFIFO() && !target.isSocket()) return createDescriptorOutput(1);
  // A failed write also emits "error", which would end the process without a listener.
  const heard = () => {};
  process.stdout.on("error", heard);
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => error ? reject(outputError(error)) : resolve());
      }),
    commit: async () => {},
    [Symbol.asyncDispose]: async () => void process.stdout.off("error", heard),
  };
}

/** Opens a FIFO or a device, such as a shell's `>(command)` or `/dev/null`. */
async function openPipeOutput(path: string, signal?: AbortSignal): Promise<Output> {
  const { write, close } = await openNamedPipe(path, signal);
  return { write, commit: async () => {}, [Symbol.asyncDispose]: close };
}

/**
 * Makes an output for standard output that is a file or a device: such a write is a copy in memory,
 * which takes less time than to have another thread do it.
 */
function createDescriptorOutput(fd: number): Output {
  return {
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      } catch (error) {
        throw outputError(error);
      }
    },
    commit: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
