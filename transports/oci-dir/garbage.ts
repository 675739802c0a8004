/** Removes from a layout what nothing in it names. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { NixociError } from "../../src/base/errors.ts";
import type { OnNotice } from "../../src/base/notices.ts";
import { type Digest, isDigest } from "../../src/bytes/digest.ts";
import { sweepFolder, writeAtomicFile } from "../../src/bytes/disk/atomic.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { encodeJson } from "../../src/image/json.ts";
import { nameOf } from "../lib/layout-entries.ts";
import { checkLayout, encodeIndex, INDEX_FILE, LAYOUT_FILE } from "../lib/layout.ts";
import { isPathThere, LOCK } from "./begun.ts";
import { markNeeded } from "./mark.ts";
import { fileOf, readLayoutIndex, readSmall } from "./read.ts";

/** Options of tidying up. */
export interface GarbageOptions {
  /** Tells which names go first. */
  readonly untag?: (name: string) => boolean;
  /** Blobs that were written later than so many seconds ago stay: others may be about to name them. */
  readonly grace?: number;
  /** Indexes are not whole on purpose: what is missing of them needs nothing. */
  readonly sparse?: boolean;
  /** Say what would go, and remove nothing. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
  readonly onNotice?: OnNotice;
}

/** A blob that has gone, or would go. */
export interface GarbageBlob {
  readonly digest: Digest;
  readonly size: number;
}

/** The things that have gone, or would go. */
export interface Garbage {
  /** Names, those of what was attached to images that have gone among them. */
  readonly names: readonly string[];
  readonly blobs: readonly GarbageBlob[];
  /** The number of blobs that nothing names, and that are too young to go. */
  readonly young: number;
}

/** An hour: longer than other tools take to write an image. */
const GRACE = 3600;

/**
 * Removes blobs that no image in the layout needs: not as a layer, config, child, subject or
 * referrer. Writers of ours may work meanwhile: they look again at what they rely on, and take turns
 * with this at the index. Blobs of other tools' are safe while they are young.
 * @throws NixociError `MALFORMED` when a document is damaged, `INCOMPLETE` when one is missing: what it
 * needs nobody can say.
 * @example
 * ```ts
 * import { removeGarbage } from "nixoci";
 * const { blobs, young } = await removeGarbage("in", { dryRun: true });
 * console.log(blobs.length, young); // 0 0
 * ```
 */
export async function removeGarbage(path: string, options: GarbageOptions = {}): Promise<Garbage> {
  checkLayout(await readSmall(join(path, LAYOUT_FILE), `${path} is not an OCI layout`), path);
  if (options.dryRun) return (await findGarbage(path, options)).garbage;
  const { signal, onNotice } = options;
  await sweepLayout(path);
  return await withLock(join(path, LOCK), async () => {
    for (let left = TRIES;; left--) {
      const before = await readLayoutIndex(path);
      const { garbage, index } = await findGarbage(path, options);
      // Another tool, which knows no lock, may have named something meanwhile.
      const isSame = encodeJson(await readLayoutIndex(path)).equals(encodeJson(before));
      if (!isSame && left > 1) continue;
      if (!isSame) throw busyError(path);
      if (garbage.names.length > 0) {
        await writeAtomicFile(join(path, INDEX_FILE), encodeIndex(index));
      }
      for (const { digest } of garbage.blobs) await rm(fileOf(path, digest, {}), { force: true });
      return garbage;
    }
  }, { signal, onWait: (message) => onNotice?.({ code: "WAITING", message }) });
}

/** Removes what killed processes left in the layout's folders. */
async function sweepLayout(path: string): Promise<void> {
  const blobs = join(path, "blobs");
  const folders = await readdir(blobs).catch(() => []);
  for (const folder of [path, ...folders.map((name) => join(blobs, name))]) {
    await sweepFolder(folder).catch(() => {});
  }
}

const TRIES = 5;

function busyError(path: string): NixociError {
  return new NixociError("FAILED", `${path} is being changed all the time`, {
    hint: "try again when nothing writes to it",
  });
}

/** Finds what would go, and the index that would be left. */
async function findGarbage(
  path: string,
  { untag = () => false, grace = GRACE, sparse = false }: GarbageOptions,
): Promise<{ garbage: Garbage; index: IndexJson }> {
  const before = await readLayoutIndex(path);
  const entries = before.manifests.filter((entry) => !untag(nameOf(entry) ?? ""));
  const { needed, kept } = await markNeeded(path, entries, sparse);
  const names = before.manifests.filter((entry) => !kept.includes(entry))
    .map((entry) => nameOf(entry) ?? entry.digest);
  const youngest = Date.now() - grace * 1000;
  const blobs: GarbageBlob[] = [];
  let young = 0;
  for (const digest of await listBlobs(path)) {
    if (needed.has(digest)) continue;
    const { size, mtimeMs } = await stat(fileOf(path, digest, {}));
    if (mtimeMs > youngest) young++;
    else blobs.push({ digest, size });
  }
  const index = { ...before, manifests: [...kept] };
  return { garbage: { names: [...new Set(names)], blobs, young }, index };
}

/** Lists the files that are named as blobs are; others are none of our business. */
async function listBlobs(path: string): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const algorithm of ["sha256", "sha512"]) {
    const folder = join(path, "blobs", algorithm);
    if (!isPathThere(folder)) continue;
    for (const name of (await readdir(folder)).sort()) {
      const digest = `${algorithm}:${name}`;
      if (isDigest(digest)) digests.push(digest);
    }
  }
  return digests;
}
