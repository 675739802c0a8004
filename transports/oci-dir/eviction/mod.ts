/**
 * Keeps a folder of layouts below a size, as a cache needs it: what was used longest ago goes. When a
 * blob was used is its file's time, so that several servers over one folder agree on it, and so does
 * the next one after a crash; nothing else is remembered. The folder is looked through when it begins,
 * and then only when enough has come: never for a request.
 */
import type { OnNotice } from "../../../src/base/notices.ts";
import { reasonOf } from "../../../src/base/errors.ts";
import type { Content } from "../../../src/image/content.ts";
import { fileOf } from "../read.ts";
import type { LayoutRepository } from "../repository/mod.ts";
import { evictFiles, selectVictims, totalSizeOf } from "./evict.ts";
import { listKeptFiles } from "./kept-files.ts";
import { createFileUses, type FileUses } from "./uses.ts";

/** The bytes that a folder holds, and what has gone from it since its evictor began. */
export interface EvictionCounts {
  readonly bytes: number;
  readonly evictedBytes: number;
  readonly evictedBlobs: number;
}

/** The folder to keep below a size. */
export interface EvictorOptions {
  readonly folder: string;
  /** The most bytes that its blobs may be. */
  readonly bytes: number;
  /** Is told when something could not be removed. */
  readonly onNotice?: OnNotice;
}

/** Keeps a folder of layouts below a size, until it is disposed of. */
export interface BlobEvictor extends AsyncDisposable {
  /** Returns a layout in the folder, whose uses are noted. */
  watchLayout(layout: LayoutRepository): LayoutRepository;
  /** Looks at the folder, and evicts what is too much now. It does so by itself, too. */
  evict(): Promise<void>;
  readonly counts: EvictionCounts;
}

// In milliseconds, and as multiples of the time that looking took: after which it is looked again,
// where it is too much by what is known here, and where others may have brought something.
const SOON = { least: 1_000, times: 10 };
const LATER = { least: 60_000, times: 100 };

/**
 * Makes what keeps a folder of layouts below a size.
 * @example
 * ```ts
 * import { createBlobEvictor, openLayoutRepository } from "nixoci";
 * const evictor = createBlobEvictor({ folder: "cache", bytes: 20e9 });
 * const layout = await openLayoutRepository("cache/app", { make: true });
 * const watched = evictor.watchLayout(layout!); // for the `layout` of createCacheStorage
 * console.log(await watched.listTags()); // []
 * await evictor[Symbol.asyncDispose]();
 * ```
 */
export function createBlobEvictor({ folder, bytes: most, onNotice }: EvictorOptions): BlobEvictor {
  const uses = createFileUses();
  const counts = { bytes: 0, evictedBytes: 0, evictedBlobs: 0 };
  const report = createReport(folder, onNotice);
  const look = async (): Promise<void> => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const files = await listKeptFiles(folder);
    counts.bytes = totalSizeOf(files);
    const gone = await evictFiles(selectVictims(files, most), onError);
    counts.bytes -= totalSizeOf(gone);
    counts.evictedBytes += totalSizeOf(gone);
    counts.evictedBlobs += gone.length;
    report(errors);
  };
  const looker = createLooker(
    () => look().catch((error) => report([error])),
    () => counts.bytes > most,
  );
  void looker.look();
  return {
    watchLayout: (layout) =>
      watchLayout(layout, uses, (bytes) => {
        counts.bytes += bytes;
        looker.plan();
      }),
    evict: looker.look,
    counts,
    async [Symbol.asyncDispose]() {
      uses.stop();
      await looker.stop();
    },
  };
}

/** Makes what says why a look did not do all, unless the one before it has said the same. */
function createReport(folder: string, onNotice: OnNotice | undefined) {
  let said = "";
  return ([error, ...others]: readonly unknown[]): void => {
    const more = others.length > 0 ? `; and ${others.length} more` : "";
    const why = error === undefined ? "" : reasonOf(error) + more;
    const message = `Cannot keep ${folder} below its size: ${why}`;
    if (why !== "" && why !== said) onNotice?.({ code: "FALLBACK", message });
    said = why;
  };
}

/** Makes what looks one time after the other, and when it is time for that. */
function createLooker(look: () => Promise<void>, isOver: () => boolean) {
  let looking: Promise<void> | undefined;
  let [ended, took] = [0, 0];
  let timer: { readonly due: number; readonly id: NodeJS.Timeout } | undefined;
  let [isStopped, isStale] = [false, false];
  const run = async (): Promise<void> => {
    const began = performance.now();
    isStale = false;
    await look();
    looking = undefined;
    ended = performance.now();
    took = ended - began;
    if (isOver() || isStale) plan(); // what is in use now will not always be
  };
  const lookOnce = (): Promise<void> => looking ??= run();
  const plan = (): void => {
    const { least, times } = isOver() ? SOON : LATER;
    const due = ended + Math.max(least, times * took);
    isStale = true;
    if (isStopped || looking !== undefined || timer !== undefined && timer.due <= due) return;
    clearTimeout(timer?.id);
    const id = setTimeout(() => {
      timer = undefined;
      void lookOnce();
    }, Math.max(0, due - performance.now()));
    id.unref();
    timer = { due, id };
  };
  return {
    look: lookOnce,
    plan,
    async stop(): Promise<void> {
      isStopped = true;
      clearTimeout(timer?.id);
      await looking;
    },
  };
}

/** Returns a layout whose uses are noted. @param onKept gets the bytes that come into it. */
function watchLayout(
  layout: LayoutRepository,
  { touch, watchContent }: FileUses,
  onKept: (bytes: number) => void,
): LayoutRepository {
  const watchFound = async (found: Content | undefined): Promise<Content | undefined> => {
    if (found === undefined) return undefined;
    const file = fileOf(layout.path, found.descriptor.digest, {});
    return await touch(file) ? watchContent(found, file) : undefined;
  };
  return {
    ...layout,
    findManifest: async (reference) => await watchFound(await layout.findManifest(reference)),
    findBlob: async (digest) => await watchFound(await layout.findBlob(digest)),
    async beginBlob() {
      const blob = await layout.beginBlob();
      return {
        ...blob,
        get size() {
          return blob.size;
        },
        async commit(digest) {
          await blob.commit(digest);
          onKept(blob.size);
        },
      };
    },
    async putManifest(manifest, tags, needed) {
      await layout.putManifest(manifest, tags, needed);
      const { digest, size } = manifest.descriptor;
      await touch(fileOf(layout.path, digest, {})); // it may have been there
      onKept(size);
    },
    async takeBlob(digest, from) {
      const isTaken = await layout.takeBlob(digest, from);
      if (isTaken) await touch(fileOf(layout.path, digest, {}));
      return isTaken;
    },
  };
}
