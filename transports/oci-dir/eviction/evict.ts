/** Chooses what goes from a folder that holds too much, and removes it. */
import { lstat, unlink } from "node:fs/promises";
import { codeOf, isSystemError, wrapError } from "../../../src/base/errors.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import { readLayoutIndex } from "../read.ts";
import { createIndexEditor } from "../repository/edit.ts";
import type { BlobLink, KeptFile } from "./kept-files.ts";

/** In milliseconds: what was used since is in use, for all that we know. */
export const FRESH = 10_000;

// Room is made for what comes next, too: looking at all files is not for each blob.
const ROOM = 0.1;

/**
 * Selects what has to go for the rest to be at most so many bytes: what was used longest ago, and
 * what alone is more than that, for which nothing else goes. What is in use stays.
 */
export function selectVictims(
  files: readonly KeptFile[],
  most: number,
  now = Date.now(),
): KeptFile[] {
  const tooLarge = files.filter(({ size }) => size > most);
  const others = files.filter(({ size }) => size <= most).sort((a, b) =>
    ageOf(b, now) - ageOf(a, now)
  );
  const total = totalSizeOf(others);
  let over = total > most ? total - most * (1 - ROOM) : 0;
  const oldest = others.filter(({ size, links }) => {
    if (over <= 0 || links.length === 0) return false;
    over -= size;
    return true;
  });
  return [...tooLarge, ...oldest].filter((file) =>
    file.links.length > 0 && ageOf(file, now) > FRESH
  );
}

/** Returns the time since a file was used; more than any where the clock has been set back since then. */
function ageOf({ used }: KeptFile, now: number): number {
  const age = now - used;
  return age < -FRESH ? Number.MAX_SAFE_INTEGER + age : age;
}

/** Adds up the sizes of files. */
export function totalSizeOf(files: readonly KeptFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Removes files, all their names, unless they have been used since they were selected. What an index
 * names goes out of the index first: nobody is told of what is not there.
 * @param onError gets what went wrong with one of them; the others go all the same.
 * @returns those that are gone.
 */
export async function evictFiles(
  victims: readonly KeptFile[],
  onError: (error: unknown) => void,
): Promise<KeptFile[]> {
  const layouts = Map.groupBy(victims.flatMap(({ links }) => links), ({ layout }) => layout);
  for (const [layout, links] of layouts) await dropEntries(layout, links).catch(onError);
  const gone: KeptFile[] = [];
  for (const victim of victims) {
    let left = victim.links.length;
    for (const { path } of victim.links) {
      if (await removeUnused(path, victim.used).catch(onError)) left--;
    }
    if (left === 0) gone.push(victim);
  }
  return gone;
}

async function dropEntries(layout: string, links: readonly BlobLink[]): Promise<void> {
  const going = new Set<Digest>(links.map(({ digest }) => digest));
  try {
    const { manifests } = await readLayoutIndex(layout);
    if (!manifests.some(({ digest }) => going.has(digest))) return;
    await createIndexEditor(layout)((index) => ({
      ...index,
      manifests: index.manifests.filter(({ digest }) => !going.has(digest)),
    }));
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error; // it may be gone as a whole
  }
}

/** Removes a file that was last used then; tells whether it was. */
async function removeUnused(path: string, used: number): Promise<boolean> {
  try {
    if (Number((await lstat(path, { bigint: true })).mtimeMs) !== used) return false;
    await unlink(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "EBUSY", "EPERM")) return false;
    throw wrapError(error, `Cannot remove ${path}`);
  }
}
