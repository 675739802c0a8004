/** Archives of nixpkgs, fetched for one image and removed with it. */
import { createWriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { ownResources } from "../../../../base/dispose.ts";
import { NixociError, wrapError } from "../../../../base/errors.ts";
import type { ByteStream } from "../../../../bytes/stream.ts";
import { type FetchUrl, runForText } from "../../../../channels/feed/feed.ts";
import { type Channel, fillIn } from "../../../../channels/update/config.ts";
import { makeTemporaryFolder } from "../../../../compose/scripts/temporary-folder.ts";

/** An archive on disk. */
export interface FetchedArchive extends AsyncDisposable {
  readonly path: string;
}

/** The surroundings of an archive. */
interface ArchiveOptions {
  readonly folder: string;
  readonly fetchUrl: FetchUrl;
  readonly signal: AbortSignal;
  /** In bytes; 0 for any size. */
  readonly maxSize: number;
}

/** Fetches the archive of a commit: by HTTP, or from a program that prints where it is. */
export async function fetchArchive(
  { name, nixpkgs }: Channel,
  commit: string,
  { folder, fetchUrl, signal, maxSize }: ArchiveOptions,
): Promise<FetchedArchive> {
  const what = `the nixpkgs of ${name}`;
  const from = fillIn(nixpkgs, { commit });
  const isUrl = typeof from === "string" && /^https?:/.test(from);
  if (!isUrl) {
    const path = typeof from === "string"
      ? from
      : (await runForText(from, what, { folder, signal })).trim();
    return { path: resolve(folder, path), [Symbol.asyncDispose]: async () => {} };
  }
  return await ownResources(async (hold) => {
    const path = join(hold(await makeTemporaryFolder()).path, "nixpkgs.tar");
    await fetchUrl(
      from,
      (bytes) => pipeline(limitSize(bytes, maxSize), createWriteStream(path), { signal }),
    );
    return { path };
  }).catch((error) => {
    signal.throwIfAborted();
    throw wrapError(error, `Cannot fetch ${what}`);
  });
}

/** Refuses an answer that does not end: it would fill the disk. */
async function* limitSize(bytes: ByteStream, most: number): ByteStream {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (most > 0 && size > most) throw createSizeError(most);
    yield chunk;
  }
}

function createSizeError(most: number): NixociError {
  return new NixociError("LIMIT", `it has more than ${most} bytes`, {
    hint: "if that is right, --max-archive-size allows more (0: any)",
  });
}
