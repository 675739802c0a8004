/** Blobs that come into a layout: hashed while they are written, visible when their digest is proved. */
import { link } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../../src/base/errors.ts";
import { syncFolder } from "../../../src/bytes/disk/durable/batch.ts";
import { openUnnamedFile } from "../../../src/bytes/disk/atomic.ts";
import type { OpenFile } from "../../../src/bytes/disk/file.ts";
import { makeFolder } from "../../../src/bytes/disk/folder.ts";
import { algorithmOf, createHasher, type Digest } from "../../../src/bytes/digest.ts";
import { isPathThere } from "../begun.ts";
import { fileOf } from "../read.ts";
import { BLOBS } from "./folder.ts";

/** A blob on its way into a layout. Disposing of it before `commit` leaves nothing. */
export interface BlobFile extends AsyncDisposable {
  /** The bytes that have come. */
  readonly size: number;
  /** Appends; when it resolves, the buffer is the caller's again. */
  write(bytes: Uint8Array): Promise<void>;
  /** Waits until all that was written can be read. */
  settle(): Promise<void>;
  /** Opens the file, which stays open when the blob has got its name. */
  openReader(): Promise<OpenFile>;
  /** Makes it durable and visible. @throws NixociError `DIGEST` when it hashes to something else. */
  commit(digest: Digest): Promise<void>;
}

/** Begins a blob in the layout's own file system, so that nothing is copied when it is committed. */
export async function beginBlobFile(path: string): Promise<BlobFile> {
  const file = await openUnnamedFile(join(path, BLOBS));
  const hasher = createHasher();
  let size = 0;
  // Which algorithm names it is said at its end; few use another than the first.
  const computeDigest = async (digest: Digest): Promise<Digest> => {
    if (algorithmOf(digest) === "sha256") return hasher.digest();
    const other = createHasher(algorithmOf(digest));
    for await (const chunk of file.read()) other.update(chunk);
    return other.digest();
  };
  return {
    get size() {
      return size;
    },
    async write(bytes) {
      hasher.update(bytes);
      size += bytes.length;
      await file.write(bytes);
    },
    settle: file.settle,
    openReader: file.openReader,
    async commit(digest) {
      const actual = await computeDigest(digest);
      if (actual !== digest) {
        throw new NixociError("DIGEST", `the blob should be ${digest}, but hashes to ${actual}`);
      }
      const target = fileOf(path, digest, {});
      await makeFolder(dirname(target));
      await file.commitAs(target);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

/** Gives a blob of one layout to another; tells whether it was there. */
export async function shareBlobFile(digest: Digest, from: string, to: string): Promise<boolean> {
  const [source, target] = [fileOf(from, digest, {}), fileOf(to, digest, {})];
  if (isPathThere(target)) return true;
  if (!isPathThere(source)) return false;
  try {
    await makeFolder(dirname(target));
    await link(source, target);
    await syncFolder(dirname(target));
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return true;
    if (isSystemError(error, "ENOENT", "EXDEV", "EPERM", "EMLINK", "ENOTSUP")) return false;
    throw wrapError(error, `Cannot link ${target}`);
  }
}
