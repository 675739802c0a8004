/**
 * Tar archives that images are stored in, read at random: a plain file where it lies, anything else
 * (a compressed file, a pipe) spooled into a scratch file once.
 */
import { isatty } from "node:tty";
import { detectCompression, HEAD_SIZE } from "../../../src/bytes/detect.ts";
import { readInput } from "../../../src/bytes/disk/input.ts";
import { type OpenFile, openFile } from "../../../src/bytes/disk/file.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import { ownResources } from "../../../src/base/dispose.ts";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import type { SideOptions } from "../../../src/image/transport.ts";
import { createScratch, type Scratch } from "../../../src/image/disk/scratch.ts";
import { expand } from "./expand.ts";
import { isNamedPipe, readNamedPipe } from "../../../src/bytes/disk/fifo.ts";
import { indexMembers, type Members } from "./members.ts";

/** An archive that is open: its members, and what to let go of in the end. */
export interface Archive extends Members, AsyncDisposable {}

/** Those of a transport's options that concern the reading of an archive. */
export type OpenArchiveOptions = Pick<SideOptions, "scratch" | "signal">;

/**
 * Opens the archive at a path, or on standard input (`-`).
 * @throws NixociError `NOT_FOUND`, `MALFORMED` when it is not a tar archive or cut short, `LIMIT` when
 * it is a decompression bomb, `UNSUPPORTED` for bzip2 and xz where their programs are missing.
 */
export async function openArchive(
  location: string,
  options: OpenArchiveOptions = {},
): Promise<Archive> {
  if (location === "-") return await explainFailure("on standard input", openInput(options));
  if (await isNamedPipe(location)) {
    return await explainFailure(
      location,
      spoolArchive(readNamedPipe(location, options.signal), options),
    );
  }
  return await explainFailure(location, openFileArchive(await openFile(location), options));
}

async function explainFailure<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw wrapError(error, `Cannot read the archive ${what}`);
  }
}

/**
 * Opens an archive that arrives as a stream, compressed or not. Reads the stream to its end.
 * @throws as {@link openArchive} does, and what the stream throws.
 */
export async function spoolArchive(
  stream: ByteStream,
  { scratch: given, signal }: OpenArchiveOptions = {},
): Promise<Archive> {
  return await ownResources(async (hold) => {
    return await indexMembers(await spoolStream(stream, given ?? hold(createScratch()), signal));
  });
}

async function openInput(options: OpenArchiveOptions): Promise<Archive> {
  if (!isatty(0)) return await spoolArchive(readInput(options.signal), options);
  throw new NixociError("USAGE", "it is a terminal", {
    hint: "send an archive there, < image.tar",
  });
}

async function openFileArchive(file: OpenFile, options: OpenArchiveOptions): Promise<Archive> {
  return await ownResources(async (hold) => {
    hold(file);
    const head = new Uint8Array(HEAD_SIZE);
    const isPlain = detectCompression(head.subarray(0, await file.readAt(head, 0))) === "none";
    return isPlain ? await indexMembers(file) : hold(await spoolArchive(file.read(), options));
  });
}

async function spoolStream(stream: ByteStream, scratch: Scratch, signal?: AbortSignal) {
  const file = await scratch.file();
  for await (const chunk of expand(stream, undefined, signal)) {
    signal?.throwIfAborted();
    await file.write(chunk);
  }
  return file;
}
