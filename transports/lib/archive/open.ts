/**
 * Tar archives that images are stored in, read at random: a plain file where it lies, anything else
 * (a compressed file, a pipe) spooled into a scratch file once.
 */
import { createReadStream } from "node:fs";
import process from "node:process";
import { detect, HEAD_SIZE } from "../../../src/bytes/detect.ts";
import { openFile } from "../../../src/bytes/file.ts";
import type { RandomAccess } from "../../../src/bytes/random.ts";
import type { ByteStream } from "../../../src/bytes/stream.ts";
import { during } from "../../../src/errors.ts";
import type { TransportOptions } from "../../../src/image/root.ts";
import { type Scratch, scratch } from "../../../src/image/scratch.ts";
import { indexTar } from "../../../src/tar/index.ts";
import { expand } from "./expand.ts";
import { isPipe } from "./is-pipe.ts";
import { type Members, members } from "./members.ts";

/** An archive that is open: its members, and what to let go of in the end. */
export interface Archive extends Members, AsyncDisposable {}

/** What of a transport's options concerns the reading of an archive. */
export type ArchiveOptions = Pick<TransportOptions, "scratch" | "signal">;

/**
 * Opens the archive at a path, or on standard input (`-`).
 * @throws NixociError `NOT_FOUND`, `MALFORMED` when it is no tar archive or cut short, `LIMIT` when
 * it is a decompression bomb, `UNSUPPORTED` for bzip2 and xz.
 */
export async function openArchive(
  location: string,
  options: ArchiveOptions = {},
): Promise<Archive> {
  const doing = `Cannot read the archive ${location === "-" ? "on standard input" : location}`;
  try {
    if (location === "-") return await spoolArchive(process.stdin, options);
    if (await isPipe(location)) return await spoolArchive(createReadStream(location), options);
    return await openArchiveFile(location, options);
  } catch (error) {
    throw during(error, doing);
  }
}

/**
 * An archive that arrives as a stream, compressed or not. Reads the stream to its end.
 * @throws as {@link openArchive} does, and what the stream throws.
 */
export async function spoolArchive(
  stream: ByteStream,
  { scratch: given, signal }: ArchiveOptions = {},
): Promise<Archive> {
  const own: Scratch | undefined = given === undefined ? scratch() : undefined;
  const release = async (): Promise<void> => {
    await own?.[Symbol.asyncDispose]();
  };
  try {
    return await indexed(await spool(stream, given ?? own!, signal), release);
  } catch (error) {
    await release();
    throw error;
  }
}

async function openArchiveFile(path: string, options: ArchiveOptions): Promise<Archive> {
  const file = await openFile(path);
  const release = async (): Promise<void> => await file[Symbol.asyncDispose]();
  try {
    const head = new Uint8Array(HEAD_SIZE);
    const isPlain = detect(head.subarray(0, await file.readAt(head, 0))) === "none";
    if (isPlain) return await indexed(file, release);
    const archive = await spoolArchive(file.read(), options);
    await release();
    return archive;
  } catch (error) {
    await release();
    throw error;
  }
}

async function indexed(file: RandomAccess, release: () => Promise<void>): Promise<Archive> {
  return { ...members(await indexTar(file), file), [Symbol.asyncDispose]: release };
}

async function spool(stream: ByteStream, scratch: Scratch, signal?: AbortSignal) {
  const file = await scratch.file();
  for await (const chunk of expand(stream)) {
    signal?.throwIfAborted();
    await file.write(chunk);
  }
  return file;
}
