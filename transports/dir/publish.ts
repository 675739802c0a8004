/** Puts an image in its folder: whole, in the place of another one or of none. */
import { mkdir, readdir, readFile, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isSystemError, wrapError } from "../../src/base/errors.ts";
import { sweepFolder } from "../../src/bytes/disk/atomic.ts";
import { syncFolder } from "../../src/bytes/disk/durable/batch.ts";
import { makeFolder } from "../../src/bytes/disk/folder.ts";
import { makeTemporaryName, ownerOf } from "../../src/bytes/disk/owner.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { formatVersion, MANIFEST_FILE, VERSION_FILE } from "./files.ts";

/** Held by who changes what is in the folder. */
const LOCK = ".nixoci.lock";

/**
 * Makes the folder that the image grows in: in its place, if another image is there, or else beside
 * it. What killed runs have left in these folders is removed.
 * @throws NixociError `IO`.
 */
export async function makeDraft(path: string): Promise<string> {
  try {
    const parent = await hasFiles(path) ? await realpath(path) : dirname(path);
    await makeFolder(parent);
    for (const folder of new Set([dirname(path), parent])) {
      await sweepFolder(folder, { locks: false });
    }
    const draft = join(parent, makeTemporaryName());
    await mkdir(draft);
    return draft;
  } catch (error) {
    throw wrapError(error, `Cannot write to ${path}`);
  }
}

async function hasFiles(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length > 0;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

/**
 * Gives the draft its place, or the files in it theirs, where another image is.
 * @throws NixociError `IO`; until then the old image is whole, or the new one is.
 */
export async function publishDraft(draft: string, path: string): Promise<void> {
  try {
    const folder = dirname(draft);
    if (await isSame(folder, path)) {
      await withLock(join(folder, LOCK), () => replaceFiles(folder, basename(draft)));
    } else {
      await rename(draft, path);
      await syncFolder(dirname(path));
    }
  } catch (error) {
    throw wrapError(error, `Cannot write to ${path}`);
  }
}

async function isSame(folder: string, path: string): Promise<boolean> {
  return folder === await realpath(path).catch(() => path);
}

/**
 * Moves the files of an image to the folder that its own is in. Its manifest comes after all that it
 * names: until then the old image is whole, and from then on the new one.
 */
async function replaceFiles(folder: string, draft: string): Promise<void> {
  const move = (name: string) => rename(join(folder, draft, name), join(folder, name));
  const names = await readdir(join(folder, draft));
  const late = listLate(await readFile(join(folder, draft, VERSION_FILE), "utf8"));
  for (const name of names) if (!late.includes(name)) await move(name);
  await syncFolder(folder);
  for (const name of late) await move(name);
  await syncFolder(folder);
  await rmdir(join(folder, draft));
  for (const name of await readdir(folder)) {
    const isOurs = names.includes(name) || name === LOCK || ownerOf(name) !== undefined;
    if (!isOurs) await rm(join(folder, name), { recursive: true });
  }
}

/** Orders what comes last: readers of the newer version read what is older, too. */
function listLate(version: string): readonly string[] {
  return version === formatVersion([])
    ? [MANIFEST_FILE, VERSION_FILE]
    : [VERSION_FILE, MANIFEST_FILE];
}
