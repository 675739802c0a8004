/** Where an archive is written to: a file that appears whole, or a pipe. */
import { fstatSync, write } from "node:fs";
import { open } from "node:fs/promises";
import process from "node:process";
import { promisify } from "node:util";
import { atomicFile } from "../../../src/bytes/atomic.ts";
import { compress, type CompressOptions } from "../../../src/bytes/compression.ts";
import { during } from "../../../src/errors.ts";
import { pipe } from "../pipe.ts";
import { isPipe } from "./is-pipe.ts";

const writeTo = promisify(write);

/** Takes bytes in order; a file also takes some of them again. */
export interface Output extends AsyncDisposable {
  /** When it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites what was written at that place, where that can be done. */
  patch?(bytes: Uint8Array, position: number): Promise<void>;
  /** All is written: makes it durable and visible. Disposing without it leaves no trace. */
  commit(): Promise<void>;
}

/**
 * The output that a location names: `-` is standard output; `.tar.gz`, `.tgz`, `.tar.zst` and
 * `.tzst` are compressed; a file that is there is replaced when all is written, not before.
 * @throws NixociError as `atomicFile` does.
 */
export async function openOutput(location: string): Promise<Output> {
  if (location === "-") return standardOutput();
  const plain = await isPipe(location) ? await openPipe(location) : await openFile(location);
  const kind = compressionOf(location);
  return kind === undefined ? plain : compressed(plain, kind);
}

function compressionOf(path: string): CompressOptions["kind"] | undefined {
  // The portable gzip: the same image makes the same archive, on every runtime.
  if (/\.t(?:ar\.)?gz$/.test(path)) return "gzip-portable";
  return /\.t(?:ar\.)?zst$/.test(path) ? "zstd" : undefined;
}

async function openFile(path: string): Promise<Output> {
  const file = await atomicFile(path, { follow: true });
  let size = 0;
  return {
    write(bytes) {
      const position = size;
      size += bytes.length;
      return file.writeAt(bytes, position);
    },
    patch: (bytes, position) => file.writeAt(bytes, position),
    commit: () => file.commit(),
    [Symbol.asyncDispose]: () => file.discard(),
  };
}

/** Compresses what is written, which therefore cannot be patched. */
function compressed(output: Output, kind: CompressOptions["kind"]): Output {
  const { stream, write, end, fail } = pipe();
  const done = (async () => {
    for await (const chunk of compress(stream, { kind })) await output.write(chunk);
  })();
  done.catch(fail);
  return {
    write,
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

/** The process's standard output: what is written cannot be taken back. */
function standardOutput(): Output {
  // A pipe may be non-blocking, which the stream copes with; but its writes to files block us.
  const target = fstatSync(1);
  if (!target.isFIFO() && !target.isSocket()) return descriptorOutput(1, "standard output");
  // A failed write also emits "error", which would end the process if nobody listened.
  const heard = () => {};
  process.stdout.on("error", heard);
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => error ? reject(error) : resolve());
      }),
    commit: async () => {},
    [Symbol.asyncDispose]: async () => void process.stdout.off("error", heard),
  };
}

/** A FIFO or a device, such as a shell's `>(command)` or `/dev/null`. */
async function openPipe(path: string): Promise<Output> {
  const handle = await open(path, "w").catch((error) => {
    throw during(error, `Cannot write to ${path}`);
  });
  return {
    ...descriptorOutput(handle.fd, path),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function descriptorOutput(fd: number, name: string): Output {
  return {
    async write(bytes) {
      try {
        for (let at = 0; at < bytes.length;) at += (await writeTo(fd, bytes, at)).bytesWritten;
      } catch (error) {
        throw during(error, `Cannot write to ${name}`);
      }
    },
    commit: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}
