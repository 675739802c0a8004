/** The folders of a layout that is written to: looked at before anything is fetched, and made. */
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, isSystemError, NixociError, wrapError } from "../../src/base/errors.ts";
import { sweepFolder, writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import { makeFolder } from "../../src/bytes/disk/folder.ts";
import { checkWriteAccess } from "../../src/bytes/disk/write-access.ts";
import { checkLayout, LAYOUT, LAYOUT_FILE } from "../lib/layout.ts";
import { readSmall } from "./read.ts";

/** Finds out before anything is fetched that a directory cannot be written, or is not a layout. */
export async function checkLayoutFolder(path: string): Promise<void> {
  let nearest = resolve(path);
  try {
    for (;;) {
      try {
        await checkWriteAccess(nearest);
        break;
      } catch (error) {
        const parent = dirname(nearest);
        if (!isSystemError(error, "ENOENT") || parent === nearest) throw error;
        nearest = parent;
      }
    }
    if (nearest === resolve(path)) refuseForeign(path, await readdir(path));
  } catch (error) {
    throw error instanceof NixociError ? error : wrapError(error, `Cannot write to ${path}`);
  }
}

function refuseForeign(path: string, names: readonly string[]): void {
  const isForeign = names.some((name) => !name.startsWith(".")) && !names.includes(LAYOUT_FILE) &&
    !names.includes("blobs");
  if (!isForeign) return;
  throw new NixociError("EXISTS", `${path} is not empty and is not an OCI layout`, {
    hint: "name another directory, or empty this one",
  });
}

/** Makes a folder to write to, if need be; one that is somebody else's is refused. */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
    const names = await readdir(path);
    refuseForeign(path, names);
    if (names.includes(LAYOUT_FILE)) {
      checkLayout(await readSmall(join(path, LAYOUT_FILE), path), path);
    } else await writeAtomicFile(join(path, LAYOUT_FILE), LAYOUT);
    await sweepFolder(path);
  } catch (error) {
    throw error instanceof NixociError ? error : wrapError(error, `Cannot write to ${path}`);
  }
}

/** Makes a folder of blobs. */
export async function prepareBlobs(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await sweepFolder(folder);
  } catch (error) {
    throw wrapError(error, `Cannot write to ${folder}`);
  }
}

/**
 * Makes folders and works in them; does both again when the folders have gone meanwhile: a copy that
 * fails takes back those that it has begun, though another may have come to use them.
 * @param makeFolders is told whether it is called again.
 * @throws what the work throws, once it is not for want of a folder.
 */
export async function withFolders<T>(
  makeFolders: (isAgain: boolean) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  for (let left = ATTEMPTS;; left--) {
    try {
      await makeFolders(left < ATTEMPTS);
      return await work();
    } catch (error) {
      if (left === 1 || codeOf(error) !== "NOT_FOUND" && !isSystemError(error, "ENOENT")) {
        throw error;
      }
    }
  }
}

// Each is lost to another copy that fails in this very moment.
const ATTEMPTS = 20;
