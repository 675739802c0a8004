/** Reads small files whole: configuration, credentials, certificates. */
import type { Buffer } from "node:buffer";
import { devNull } from "node:os";
import { useResources } from "../../base/dispose.ts";
import { codeOf, isSystemError, NixociError, reasonOf } from "../../base/errors.ts";
import { openFile } from "./file.ts";
import { collectStream, streamBytes } from "../stream.ts";

const LIMIT = 1024 * 1024;

/**
 * Reads the whole of a small file. The null device counts as an empty file; other devices and FIFOs,
 * which might never begin or end, are refused.
 * @param limit in bytes.
 * @throws NixociError `LIMIT`, and what {@link openFile} throws.
 */
export async function readSmallFile(path: string, limit: number = LIMIT): Promise<Buffer> {
  if (path === devNull) return await collectStream(streamBytes(), limit, path);
  return await useResources(async (hold) => {
    const file = hold(
      await openFile(path).catch((cause) => {
        // Its hint is left out: it is about images, which can come from a pipe.
        throw new NixociError(codeOf(cause) ?? "IO", reasonOf(cause), { cause });
      }),
    );
    return await collectStream(file.read(), limit, path);
  });
}

/** Reads the whole of a small file; `undefined` when there is none. @param limit in bytes. */
export async function readSmallFileIfThere(
  path: string,
  limit?: number,
): Promise<Buffer | undefined> {
  try {
    return await readSmallFile(path, limit);
  } catch (error) {
    for (let e = error; e instanceof Error; e = e.cause) {
      if (isSystemError(e, "ENOENT", "ENOTDIR")) return undefined;
    }
    throw error;
  }
}
