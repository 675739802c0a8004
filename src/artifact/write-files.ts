/** Writes the files of an artifact to a folder. */
import { existsSync, lstatSync, readdirSync, renameSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { isSystemError, NixociError, wrapError } from "../base/errors.ts";
import { type Digest, isDigest } from "../bytes/digest.ts";
import { sweepFolder } from "../bytes/disk/atomic.ts";
import { openFolderBelow } from "../bytes/disk/open-folder.ts";
import { writeContentFile } from "../image/disk/content-file.ts";
import type { Content } from "../image/content.ts";
import type { Artifact } from "../image/root.ts";
import { unpack } from "../unpack/mod.ts";
import { createPrivateDirectory } from "../unpack/private-directory.ts";
import { hashFolder } from "./open-file.ts";
import { TITLE, UNPACK, UNPACKED_DIGEST } from "./titles.ts";

/**
 * Writes all blobs that have a title, each under it. A file appears whole or not at all, and replaces
 * one that is there; a folder that is there has to be the same.
 * @returns the titles, in the manifest's order; blobs without one are left out.
 * @throws NixociError `UNSAFE` for a title that leads out of the folder, or to a link; `EXISTS` for
 * another folder that is there; `DIGEST` and `SIZE`.
 * @example
 * ```ts
 * import { createArtifact, openArtifactFile, writeArtifactFiles } from "nixoci";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("note.txt", "hi");
 * const blobs = [await openArtifactFile({ path: "note.txt" })];
 * const artifact = createArtifact({ type: "application/vnd.example.note", blobs });
 * console.log(await writeArtifactFiles(artifact, "pulled")); // [ "note.txt" ]
 * ```
 */
export async function writeArtifactFiles(
  { blobs }: Artifact,
  folder: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<string[]> {
  const titled = blobs.flatMap((blob) => {
    const title = blob.descriptor.annotations?.[TITLE];
    return title === undefined ? [] : [{ blob, title }];
  });
  for (const { title } of titled) checkTitle(title);
  const twice = titled.find(({ title }, i) => titled.findIndex((one) => one.title === title) < i);
  if (twice) {
    throw new NixociError("MALFORMED", `the artifact has two files named ${twice.title}`);
  }
  const isNew = !existsSync(folder);
  try {
    for (const { blob, title } of titled) await writeTitled(blob, title, { folder, signal });
  } catch (error) {
    if (isNew) await rmdir(folder).catch(() => {}); // of which nothing has come
    throw error;
  }
  return titled.map(({ title }) => title);
}

interface ArtifactPlace {
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes one blob under its title. The way there goes through real folders only: an earlier blob, or
 * somebody else meanwhile, may have put a link in it.
 */
async function writeTitled(
  blob: Content,
  title: string,
  { folder, signal }: ArtifactPlace,
): Promise<void> {
  const path = join(folder, title);
  try {
    const { base, close } = await openFolderBelow(folder, title.split("/").slice(0, -1));
    try {
      await sweepFolder(base, { locks: false });
      if (blob.descriptor.annotations?.[UNPACK] !== "true") {
        return await writeContentFile(blob, path, { signal, through: base });
      }
      await unpackFolder(blob, title, { base, signal });
    } finally {
      close();
    }
  } catch (error) {
    throw wrapError(error, `Cannot write ${path}`);
  }
}

/** Refuses what would be written elsewhere than below the folder. */
function checkTitle(title: string): void {
  const parts = title.split("/");
  const isInside = title !== "" && !title.includes("\0") && !title.includes("\\") &&
    parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (isInside) return;
  const message =
    `the artifact has a file named ${JSON.stringify(title)}, which is no place below ` +
    "a folder";
  throw new NixociError("UNSAFE", message, { hint: "get it alone with nixoci blob get" });
}

/** Unpacks beside its place, and moves it there; names in the tar begin with the title. */
async function unpackFolder(
  blob: Content,
  title: string,
  { base, signal }: { readonly base: string; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const home = createPrivateDirectory(base);
  try {
    const diffId = tarDigestOf(blob);
    const whole = `${home.base}tree`;
    await unpack({ layers: [{ ...blob, diffId }] }, whole, signal ? { signal } : {});
    checkUnpacked(whole, title);
    await publishFolder(join(whole, title), base + basename(title));
  } finally {
    await home.discard();
  }
}

/** Moves a folder to its place, unless the same is there: a pull that was cut short is done again. */
async function publishFolder(whole: string, place: string): Promise<void> {
  try {
    renameSync(whole, place);
  } catch (error) {
    if (!isSystemError(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) throw error;
    if (await isSameFolder(whole, place)) return;
    throw new NixociError("EXISTS", "it is there already, and is not the same", {
      cause: error,
      hint: "move it away, or pull to another folder",
    });
  }
}

/** Compares two folders: names, modes, links and bytes. */
async function isSameFolder(one: string, other: string): Promise<boolean> {
  try {
    return await hashFolder(one, "it") === await hashFolder(other, "it");
  } catch (error) {
    if (error instanceof NixociError) return false;
    throw error;
  }
}

/** Proves that what was unpacked is one folder, the one that the title names. */
function checkUnpacked(whole: string, title: string): void {
  let at = whole;
  for (const part of title.split("/")) {
    const names = readdirSync(at);
    at = join(at, part);
    if (names.length === 1 && names[0] === part && lstatSync(at).isDirectory()) continue;
    throw new NixociError("MALFORMED", `its archive is not one of the folder ${title}`);
  }
}

function tarDigestOf({ descriptor }: Content): Digest {
  const digest = descriptor.annotations?.[UNPACKED_DIGEST];
  if (isDigest(digest)) return digest;
  throw new NixociError("MALFORMED", `${descriptor.digest} is a folder without ${UNPACKED_DIGEST}`);
}
