/**
 * Writes a tar archive member by member. The bytes depend on the members alone: no time, no owner,
 * nothing of the machine; and they are the same in a file and in a pipe.
 */
import type { Output } from "../../../src/bytes/output.ts";
import { type ByteStream, drainStream, streamBytes } from "../../../src/bytes/stream.ts";
import { disposeAll, useResources } from "../../../src/base/dispose.ts";
import { NixociError } from "../../../src/base/errors.ts";
import { createScratch, type Scratch } from "../../../src/image/disk/scratch.ts";
import { encodeHeader, END_OF_ARCHIVE, paddingOf, patchSize } from "../../../src/tar/write.ts";

/**
 * An archive that is being written; disposing of it, unless it is finished, leaves no trace. After
 * a failure nothing more can be written, and every call fails of the same: half a member makes an
 * archive that nobody may finish.
 */
export interface ArchiveWriter extends AsyncDisposable {
  /** A file of the bytes given, or of exactly `size` bytes that a stream brings. */
  add(path: string, data: Uint8Array): Promise<void>;
  add(path: string, data: ByteStream, size: number): Promise<void>;
  /** A file whose size shows when its bytes have come; returns it. */
  addUnsized(path: string, data: Unsized): Promise<number>;
  /**
   * Begins a file of exactly so many bytes, which come piece by piece; nothing else may be added
   * before its end. Disposing of it earlier is a failure.
   */
  begin(path: string, size: number): Promise<BegunMember>;
  /** A symbolic link. */
  addLink(path: string, target: string): Promise<void>;
  /** Ends the archive and makes it visible. */
  finish(): Promise<void>;
}

/** A file of an archive that is being written. */
export interface BegunMember extends AsyncDisposable {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

/** Bytes whose number is not known. */
export interface Unsized {
  open(): ByteStream;
  /** Guesses their number: called where a wrong one can be taken back. */
  guess?(): Promise<number | undefined>;
}

/** The form that an archive is to have. */
export interface WriteArchiveOptions {
  /** The place where a pipe's members wait for their sizes; by default one of the archive's own. */
  readonly scratch?: Scratch | undefined;
  /** The permissions of the files in it; 0o644 by default. */
  readonly mode?: number;
}

/** Begins an archive. The output opens with the first member. */
export function createArchiveWriter(
  open: () => Promise<Output>,
  { scratch: given, mode = 0o644 }: WriteArchiveOptions = {},
): ArchiveWriter {
  const own = given === undefined ? createScratch() : undefined;
  let opening: Promise<Tape> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const attempt = async <T>(step: (tape: Tape) => Promise<T>): Promise<T> => {
    if (failure) throw failure.error;
    try {
      return await step(await (opening ??= open().then((output) => tapeOf(output, mode))));
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  return {
    add: (path: string, data: Uint8Array | ByteStream, size?: number) =>
      attempt((tape) =>
        data instanceof Uint8Array
          ? addSized(tape, path, streamBytes(data), data.length)
          : addSized(tape, path, data, size!)
      ),
    addUnsized: (path, data) =>
      attempt((tape) => {
        if (tape.output.patch) return addPatched(tape, path, data.open());
        if (tape.output.mark) return addGuessed(tape, path, data);
        return addSpooled(tape, path, data.open(), given ?? own!);
      }),
    begin: async (path, size) => {
      await attempt((tape) => tape.write(encodeHeader({ path, size, mode: tape.mode })));
      let left = size;
      let isEnded = false;
      return {
        write: (bytes) => {
          left -= bytes.length;
          return attempt((tape) => tape.write(bytes));
        },
        end: () =>
          attempt(async (tape) => {
            if (left !== 0) throw wrongSizeError(path, size - left, size);
            await tape.write(paddingOf(size));
            isEnded = true;
          }),
        async [Symbol.asyncDispose]() {
          if (!isEnded) failure ??= { error: new NixociError("INCOMPLETE", `${path} did not end`) };
        },
      };
    },
    addLink: (path, linkpath) =>
      attempt((tape) => tape.write(encodeHeader({ path, type: "symlink", linkpath }))),
    finish: () =>
      attempt(async ({ write, output }) => {
        await write(END_OF_ARCHIVE);
        await output.commit();
      }),
    async [Symbol.asyncDispose]() {
      const tape = await opening?.catch(() => undefined);
      await disposeAll([tape?.output, own]);
    },
  };
}

/** An output, and how far it has come. */
interface Tape {
  readonly output: Output;
  /** The permissions of files. */
  readonly mode: number;
  readonly position: number;
  write(bytes: Uint8Array): Promise<void>;
  /** The way back, where the output has one. */
  mark(): () => void;
}

function tapeOf(output: Output, mode: number): Tape {
  let position = 0;
  return {
    output,
    mode,
    get position() {
      return position;
    },
    async write(bytes) {
      position += bytes.length;
      if (bytes.length > 0) await output.write(bytes);
    },
    mark() {
      const then = position;
      const back = output.mark!();
      return () => {
        position = then;
        back();
      };
    },
  };
}

async function addSized(tape: Tape, path: string, data: ByteStream, size: number): Promise<void> {
  await tape.write(encodeHeader({ path, size, mode: tape.mode }));
  const written = await writeStream(data, tape);
  if (written !== size) throw wrongSizeError(path, written, size);
  await tape.write(paddingOf(size));
}

function wrongSizeError(path: string, written: number, size: number): NixociError {
  return new NixociError("SIZE", `${path} has ${written} bytes, not the ${size} announced`);
}

async function addPatched(tape: Tape, path: string, data: ByteStream): Promise<number> {
  const headerAt = tape.position;
  const header = encodeHeader({ path, mode: tape.mode });
  await tape.write(header);
  const size = await writeStream(data, tape);
  await tape.write(paddingOf(size));
  patchSize(header, size);
  await tape.output.patch!(header, headerAt);
  return size;
}

/** Written once where the size was guessed right; else its bytes are fetched again. */
async function addGuessed(tape: Tape, path: string, data: Unsized): Promise<number> {
  const back = tape.mark();
  for (let size = await data.guess?.() ?? await drainStream(data.open());;) {
    await tape.write(encodeHeader({ path, size, mode: tape.mode }));
    const written = await writeStream(data.open(), tape);
    if (written === size) {
      await tape.write(paddingOf(size));
      return size;
    }
    back();
    size = written;
  }
}

async function addSpooled(tape: Tape, path: string, data: ByteStream, scratch: Scratch) {
  return await useResources(async (hold) => {
    const file = hold(await scratch.file());
    for await (const chunk of data) await file.write(chunk);
    await addSized(tape, path, file.read(), file.size);
    return file.size;
  });
}

async function writeStream(data: ByteStream, tape: Tape): Promise<number> {
  const start = tape.position;
  for await (const chunk of data) await tape.write(chunk);
  return tape.position - start;
}
