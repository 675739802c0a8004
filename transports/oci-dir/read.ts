/** Reads the documents and blobs of a layout in a directory. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { algorithmOf, type Digest, encodedOf } from "../../src/bytes/digest.ts";
import { readFile } from "../../src/bytes/disk/file.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { codeOf, isSystemError, NixociError, wrapError } from "../../src/base/errors.ts";
import { type Content, content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../../src/image/json.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { INDEX_FILE, MAX_INDEX_FILE, parseLayoutIndex } from "../lib/layout.ts";
import { openBlobFile } from "./blob-file.ts";
import type { LayoutSideOptions } from "./options.ts";

/** Returns the path of a blob's file. */
export function fileOf(path: string, digest: Digest, options: LayoutSideOptions): string {
  return join(blobFolderOf(path, algorithmOf(digest), options), encodedOf(digest));
}

/** Returns the folder of the blobs that an algorithm names. */
export function blobFolderOf(
  path: string,
  algorithm: string,
  { sharedBlobDir = join(path, "blobs") }: LayoutSideOptions,
): string {
  return join(sharedBlobDir, algorithm);
}

/** Returns a function that gives the content of the layout's blobs. */
export function fetchFrom(path: string, options: LayoutSideOptions) {
  return (descriptor: Descriptor): Content => {
    const { open, inPlace } = openBlobFile(fileOf(path, descriptor.digest, options));
    return { ...content(descriptor, open), inPlace };
  };
}

/** Finds a blob of which no more than the digest is known. */
export async function findBlob(
  path: string,
  digest: Digest,
  options: LayoutSideOptions,
): Promise<Content | undefined> {
  try {
    const { size } = await stat(fileOf(path, digest, options));
    return fetchFrom(path, options)({ mediaType: "application/octet-stream", digest, size });
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw wrapError(error, `Cannot read the blob ${digest} of ${path}`);
  }
}

/** Reads `index.json`. @throws NixociError `NOT_FOUND`, `MALFORMED`. */
export async function readLayoutIndex(path: string): Promise<IndexJson> {
  const file = join(path, INDEX_FILE);
  return parseLayoutIndex(
    await readSmall(file, `${path} is not an OCI layout`, MAX_INDEX_FILE),
    path,
  );
}

/** Reads a document; `otherwise` says what it means that it is not there. */
export async function readSmall(
  file: string,
  otherwise: string,
  limit: number = MAX_DOCUMENT,
): Promise<Buffer> {
  try {
    return await collectStream(readFile(file), limit, file);
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    throw new NixociError("NOT_FOUND", `${otherwise}: there is no ${file}`, { cause: error });
  }
}
