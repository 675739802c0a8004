/**
 * `oci-dir:PATH[:NAME]` or `oci-dir:PATH@DIGEST`: an OCI image layout in a directory.
 *
 * Blobs are written first, each under a temporary name until it is verified and durable; then
 * `index.json` is replaced, under a lock, by one that has the new names too. Whenever it is
 * interrupted, the layout is what it was before, or what it was to be.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
import { existsSync } from "node:fs";
import { access, constants, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  createBatch,
  openAtomicFile,
  sweepFolder,
  writeAtomicFile,
} from "../../src/bytes/disk/atomic.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { makeFolder } from "../../src/bytes/disk/folder.ts";
import { withLock } from "../../src/bytes/disk/process-lock.ts";
import { readFile } from "../../src/bytes/disk/file.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import { useResources } from "../../src/base/dispose.ts";
import { codeOf, isSystemError, NixociError, wrapError } from "../../src/base/errors.ts";
import { type Content, content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { MAX_DOCUMENT } from "../../src/image/json.ts";
import { readRoot } from "../../src/image/documents/load.ts";
import type { NamedRoot } from "../../src/image/root.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Sink } from "../../src/image/sink.ts";
import type { Source } from "../../src/image/source.ts";
import type { Transport } from "../../src/image/transport.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";
import { isPathThere, listMissingFolders, removeBegun } from "./begun.ts";
import { isWhole, openBlobFile, rememberWritten } from "./blob-file.ts";
import { addImages, chooseImage, listLayoutImages } from "../lib/layout-entries.ts";
import {
  blobPathOf,
  checkLayout,
  createEmptyIndex,
  encodeIndex,
  INDEX_FILE,
  LAYOUT,
  LAYOUT_FILE,
  namingOf,
  parseLayoutIndex,
  parseLayoutLocation,
} from "../lib/layout.ts";
import { reportDockerFormat } from "../lib/docker-format.ts";
import type { LayoutSideOptions } from "./options.ts";

const SCHEME = "oci-dir";

/** The lock that is held to change the index, or to take back a layout that has none yet. */
const LOCK = ".index.lock";

async function openSource(place: PlaceReference, options: LayoutSideOptions = {}): Promise<Source> {
  const { path, reference } = parseLayoutLocation(place);
  checkLayout(await readSmall(join(path, LAYOUT_FILE), `${path} is not an OCI layout`), path);
  const index = await readIndex(path);
  const fetch = (descriptor: Descriptor): Content => {
    const { open, inPlace } = openBlobFile(fileOf(path, descriptor.digest, options));
    return { ...content(descriptor, open), inPlace };
  };
  return {
    async resolve(wanted = reference) {
      const entry = chooseImage(index, wanted, path);
      return await readRoot(fetch(entry), fetch);
    },
    list: () => Promise.resolve(reference === undefined ? listLayoutImages(index) : []),
    fileOf(digest) {
      const file = resolve(fileOf(path, digest, options));
      return existsSync(file) ? file : undefined;
    },
    async [Symbol.asyncDispose]() {},
  };
}

function fileOf(path: string, digest: Digest, { sharedBlobDir }: LayoutSideOptions): string {
  if (sharedBlobDir === undefined) return join(path, blobPathOf(digest));
  return join(sharedBlobDir, blobPathOf(digest).replace("blobs/", ""));
}

async function readIndex(path: string): Promise<IndexJson> {
  const file = join(path, INDEX_FILE);
  return parseLayoutIndex(await readSmall(file, `${path} is not an OCI layout`), path);
}

async function readSmall(file: string, otherwise: string): Promise<Buffer> {
  try {
    return await collectStream(readFile(file), MAX_DOCUMENT, file);
  } catch (error) {
    if (codeOf(error) !== "NOT_FOUND") throw error;
    throw new NixociError("NOT_FOUND", `${otherwise}: there is no ${file}`, { cause: error });
  }
}

async function openSink(place: PlaceReference, options: LayoutSideOptions = {}): Promise<Sink> {
  const { path, reference } = parseLayoutLocation(place);
  const durable = createBatch();
  const written = new Map<string, Descriptor>();
  const folders = new Map<string, Promise<void>>();
  let prepared: Promise<void> | undefined;
  let missing: string[] | undefined;
  let isCommitted = false;
  const prepare = async (): Promise<void> => {
    if (!await isPathThere(join(path, LAYOUT_FILE))) missing = await listMissingFolders(path);
    await prepareFolder(path);
  };
  const ready = (): Promise<void> => prepared ??= prepare();
  const relied = new Map<string, Digest>();
  const has = async (descriptor: Descriptor): Promise<boolean> => {
    const file = fileOf(path, descriptor.digest, options);
    const isHere = await isWhole(file, descriptor, options.proved);
    if (isHere) relied.set(file, descriptor.digest);
    return isHere;
  };
  /** Leaves nothing of a layout that this copy has begun. One that is interrupted goes on later. */
  const undo = async (): Promise<void> => {
    if (missing === undefined || isCommitted || options.signal?.aborted) return;
    const own = [...written.keys()].filter((file) => file.startsWith(join(path, "blobs")));
    const rest = [...new Set([...folders.keys(), join(path, "blobs")])];
    if (!await isPathThere(path)) return;
    // Under the lock: what another copy publishes meanwhile stays, or is noticed by it as gone.
    await withLock(join(path, LOCK), async () => {
      if (await isPathThere(join(path, INDEX_FILE))) return;
      await removeBegun([...own, join(path, LAYOUT_FILE)], rest);
    });
    await removeBegun([], missing);
  };
  const put = async (content: Content): Promise<void> => {
    await ready();
    const target = fileOf(path, content.descriptor.digest, options);
    const folder = dirname(target);
    if (!folders.has(folder)) folders.set(folder, prepareBlobs(folder));
    await folders.get(folder);
    await useResources(async (hold) => {
      const file = hold(await openAtomicFile(target, { batch: durable }));
      for await (const chunk of content.open()) await file.write(chunk);
      await file.commit();
    });
    written.set(target, content.descriptor);
  };
  return {
    traits: { parallel: 16 },
    naming: namingOf(reference),
    prepare: () => checkWritable(path),
    has,
    put: ({ content }) => put(content),
    async commit(images) {
      await ready();
      for (const { root: { manifest } } of images) {
        if (!await has(manifest.descriptor)) await put(manifest);
      }
      await durable.flush();
      const needed = [...relied.keys(), ...written.keys()];
      const gone = await publishImages(path, images, reference, { ...options, needed });
      if (gone.length > 0) {
        const lacks = gone.map((file) => relied.get(file) ?? written.get(file)!.digest);
        for (const file of gone) {
          written.delete(file);
          relied.delete(file);
        }
        folders.clear();
        prepared = undefined;
        return { lacks, error: goneError(gone[0]!) };
      }
      isCommitted = true;
      reportDockerFormat(images, options.onNotice);
      if (options.proved) await rememberWritten(written, options.proved);
      return images.map(({ root }) => root.manifest.descriptor);
    },
    async [Symbol.asyncDispose]() {
      await durable[Symbol.asyncDispose]();
      await undo();
    },
  };
}

/** Makes the error for a blob that is no longer there: the copy that brought it may have failed. */
function goneError(file: string): NixociError {
  return new NixociError("INCOMPLETE", `${file} was there before, and is gone`, {
    hint: "another copy into this layout has failed; copy again",
  });
}

async function listGone(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map(isPathThere));
  return files.filter((_, i) => !there[i]);
}

/** Finds out before anything is fetched that a directory cannot be written, or is not a layout. */
async function checkWritable(path: string): Promise<void> {
  let nearest = resolve(path);
  try {
    for (;;) {
      try {
        await access(nearest, constants.W_OK);
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
async function prepareFolder(path: string): Promise<void> {
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

async function prepareBlobs(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await sweepFolder(folder);
  } catch (error) {
    throw wrapError(error, `Cannot write to ${folder}`);
  }
}

/**
 * Names the images in the index, if all files that they need are there.
 * @returns those that are gone.
 */
async function publishImages(
  path: string,
  images: readonly NamedRoot[],
  reference: string | undefined,
  { signal, onNotice, needed }: LayoutSideOptions & { readonly needed: readonly string[] },
): Promise<string[]> {
  const encodeChangedIndex = async (): Promise<Buffer | undefined> => {
    const before = await readIndex(path).catch((error) => {
      if (codeOf(error) === "NOT_FOUND") return createEmptyIndex();
      throw error;
    });
    const after = encodeIndex(addImages(before, images, reference));
    return after.equals(encodeIndex(before)) ? undefined : after;
  };
  // Nothing to say: no lock, no write.
  if (await encodeChangedIndex() === undefined) return await listGone(needed);
  await makeFolder(path);
  return await withLock(join(path, LOCK), async () => {
    const gone = await listGone(needed);
    if (gone.length > 0) return gone;
    const marker = join(path, LAYOUT_FILE);
    if (!await isPathThere(marker)) await writeAtomicFile(marker, LAYOUT);
    const index = await encodeChangedIndex();
    if (index) await writeAtomicFile(join(path, INDEX_FILE), index);
    return [];
  }, { signal, onWait: (message) => onNotice?.({ code: "WAITING", message }) });
}

/** An OCI image layout in a directory. */
export const transport: Transport<LayoutSideOptions> = {
  scheme: SCHEME,
  source: openSource,
  sink: openSink,
};
