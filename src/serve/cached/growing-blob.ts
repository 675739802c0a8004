/** A blob that is fetched once and read by many meanwhile: each gets what is in the file by now, and waits. */
import { codeOf, NixociError, reasonOf } from "../../base/errors.ts";
import { lendBuffer, returnBuffer } from "../../bytes/pool.ts";
import type { RandomAccess } from "../../bytes/disk/random-access.ts";
import { type ByteStream, CHUNK_SIZE } from "../../bytes/stream.ts";
import type { Content } from "../../image/content.ts";
import { cutRange } from "../storages/content.ts";
import type { BlobWriter, ServedBytes } from "../storage.ts";

/** A blob on its way into a file that can be read before it is whole. */
export interface ReadableWriter extends BlobWriter {
  /** Waits until all that was written can be read. */
  settle(): Promise<void>;
  /** Opens the file, which stays open for its readers when the blob has got its name. */
  openReader(): Promise<BlobReader>;
}

/** A file that is read while it grows. */
export type BlobReader = Pick<RandomAccess, "readAt"> & AsyncDisposable;

/** A blob that is fetched as soon as somebody reads it. */
export interface GrowingBlob extends ServedBytes {
  /** Resolves when it is kept, or has failed; `undefined` before anybody has read it. */
  readonly over: Promise<void> | undefined;
}

/** The state of a fetch: how far it is, and who waits for more. */
interface Progress {
  written: number;
  next: PromiseWithResolvers<void>;
}

/** The ways into the place where a blob is kept. */
export interface GrowingBlobOptions {
  readonly begin: () => Promise<ReadableWriter>;
  /** Breaks the fetch off. */
  readonly signal: AbortSignal;
  /** Is called when it is kept, or with why it is not. */
  readonly onOver: (failure?: unknown) => void;
}

/**
 * Makes a blob that is fetched by its first reader. Content gives its last bytes when its digest is proved:
 * of what is wrong no reader gets all, and nothing is kept. A reader who leaves does not end the fetch;
 * where the disk takes no more, each reader goes on by itself.
 */
export function createGrowingBlob(content: Content, options: GrowingBlobOptions): GrowingBlob {
  let fetch: BlobFetch | undefined;
  return {
    descriptor: content.descriptor,
    get over() {
      return fetch?.over;
    },
    read(start = 0, end = content.descriptor.size) {
      fetch ??= beginFetch(content, options);
      return readGrowing(fetch, start, end, (at) => cutRange(content.open(options), at, end));
    },
  };
}

interface BlobFetch {
  readonly over: Promise<void>;
  readonly progress: Progress;
  readonly opened: Promise<OpenedBlob>;
  /** Keeps the file open until the result is called. */
  hold(): () => Promise<void>;
}

interface OpenedBlob {
  readonly writer: ReadableWriter;
  readonly file: BlobReader;
}

function beginFetch(content: Content, options: GrowingBlobOptions): BlobFetch {
  const progress: Progress = { written: 0, next: createWait() };
  const opened = openBoth(options.begin);
  let users = 0;
  const hold = () => {
    users++;
    return async (): Promise<void> => {
      if (--users === 0) await opened.then(({ file }) => file[Symbol.asyncDispose](), () => {});
    };
  };
  const letGo = hold();
  const over = opened.then(({ writer }) => fillBlob(writer, content, progress, options.signal))
    .then(() => options.onOver(), (error) => {
      progress.next.reject(error);
      options.onOver(error);
    }).finally(letGo);
  return { over, progress, opened, hold };
}

async function openBoth(begin: GrowingBlobOptions["begin"]): Promise<OpenedBlob> {
  const writer = await markKeeping(begin());
  try {
    return { writer, file: await markKeeping(writer.openReader()) };
  } catch (error) {
    await writer[Symbol.asyncDispose]();
    throw error;
  }
}

/** Reads what is there, and waits for the rest. @param goOn reads from here, without the file. */
async function* readGrowing(
  { progress, opened, hold }: BlobFetch,
  start: number,
  end: number,
  goOn: (at: number) => ByteStream,
): ByteStream {
  const letGo = hold();
  const buffer = lendBuffer(CHUNK_SIZE);
  let at = start;
  try {
    const { file } = await opened;
    while (at < end) {
      const there = Math.min(end, progress.written, at + CHUNK_SIZE);
      if (there <= at) {
        await progress.next.promise;
        continue;
      }
      const chunk = buffer.subarray(0, there - at);
      await file.readAt(chunk, at);
      at = there;
      yield chunk;
    }
  } catch (error) {
    if (codeOf(error) !== "IO") throw error;
    yield* goOn(at);
  } finally {
    returnBuffer(buffer);
    await letGo();
  }
}

/** Fetches all of it into the file, and gives the file its name. */
async function fillBlob(
  writer: ReadableWriter,
  content: Content,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const announce = async (): Promise<void> => {
    await markKeeping(writer.settle());
    progress.written = writer.size;
    const { resolve } = progress.next;
    progress.next = createWait();
    resolve();
  };
  try {
    for await (const chunk of content.open({ signal })) {
      await markKeeping(writer.write(chunk));
      if (writer.size - progress.written >= CHUNK_SIZE) await announce();
    }
    await announce();
    await writer.commit(content.descriptor.digest);
  } finally {
    await writer[Symbol.asyncDispose]();
  }
}

/** Has a failure to keep bytes be an `IO`, whatever it is: it is not the registry's. */
async function markKeeping<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new NixociError("IO", reasonOf(cause), { cause });
  }
}

/** Makes a promise to be settled later, of whose failure nobody need hear. */
function createWait(): PromiseWithResolvers<void> {
  const wait = Promise.withResolvers<void>();
  wait.promise.catch(() => {});
  return wait;
}
