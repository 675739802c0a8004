/** A layout in a directory, as a destination. */
import { dirname, join } from "node:path";
import { createBatch, openAtomicFile, openUnnamedFile } from "../../src/bytes/disk/atomic.ts";
import type { Digest } from "../../src/bytes/digest.ts";
import { useResources } from "../../src/base/dispose.ts";
import { NixociError } from "../../src/base/errors.ts";
import type { Content } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Lacking, Sink, UnnamedBlob } from "../../src/image/sink.ts";
import { reportDockerFormat } from "../lib/docker-format.ts";
import { type NotedReferrer, noteReferrer } from "../lib/layout-referrers.ts";
import { LAYOUT_FILE, namingOf, parseLayoutLocation } from "../lib/layout.ts";
import { isPathThere, listMissingFolders, takeBack } from "./begun.ts";
import { isWhole, rememberWritten } from "./blob-file.ts";
import { checkLayoutFolder, prepareBlobs, prepareFolder, withFolders } from "./folders.ts";
import type { LayoutSideOptions } from "./options.ts";
import { publishImages } from "./publish.ts";
import { blobFolderOf, fileOf } from "./read.ts";
import { createLayoutRemover } from "./remove.ts";

/** Opens a layout to put images into; nothing is there before the first blob comes. */
export async function openSink(
  place: PlaceReference,
  options: LayoutSideOptions = {},
): Promise<Sink> {
  const { path, reference } = parseLayoutLocation(place);
  const layout = createWritableLayout(path);
  const durable = createBatch();
  const written = new Map<string, Descriptor>();
  const relied = new Map<string, Digest>();
  const noted: NotedReferrer[] = [];
  const note = async (manifest: Content): Promise<void> => {
    const referrer = await noteReferrer(manifest);
    if (referrer) noted.push(referrer);
  };
  const has = async (descriptor: Descriptor): Promise<boolean> => {
    const file = fileOf(path, descriptor.digest, options);
    const isHere = await isWhole(file, descriptor, options.proved);
    if (isHere) relied.set(file, descriptor.digest);
    return isHere;
  };
  const put = async (content: Content): Promise<void> => {
    const target = fileOf(path, content.descriptor.digest, options);
    await useResources(async (hold) => {
      const file = hold(
        await layout.workIn(dirname(target), () => openAtomicFile(target, { batch: durable })),
      );
      await file.writeStream(content.open());
      await file.commit();
    });
    written.set(target, content.descriptor);
  };
  const takeUnnamed = async (): Promise<UnnamedBlob> => {
    const folder = blobFolderOf(path, "sha256", options);
    const open = () => openUnnamedFile(folder, { batch: durable });
    const { write, commitAs, ...file } = await layout.workIn(folder, open);
    return {
      write,
      async name({ content: { descriptor } }) {
        const target = fileOf(path, descriptor.digest, options);
        await commitAs(target);
        written.set(target, descriptor);
      },
      [Symbol.asyncDispose]: file[Symbol.asyncDispose],
    };
  };
  const explainGone = (gone: readonly string[]): Lacking => {
    const lacks = gone.map((file) => relied.get(file) ?? written.get(file)!.digest);
    for (const file of gone) {
      written.delete(file);
      relied.delete(file);
    }
    return { lacks, error: goneError(gone[0]!) };
  };
  return {
    traits: { parallel: 16, keepsReferrers: true },
    naming: namingOf(reference),
    ...createLayoutRemover(path, options),
    prepare: () => checkLayoutFolder(path),
    has,
    async put({ kind, content }) {
      if (kind === "manifest") await note(content);
      await put(content);
    },
    takeUnnamed,
    settle: () => durable.settle(),
    async commit(images) {
      for (const { root: { manifest } } of images) {
        await note(manifest);
        if (!await has(manifest.descriptor)) await put(manifest);
      }
      await layout.workInAll(() => durable.flush());
      const needed = [...relied.keys(), ...written.keys()];
      const gone = await layout.workInAll(() =>
        publishImages(path, { images, reference, noted }, { ...options, needed })
      );
      if (gone.length > 0) return explainGone(gone);
      layout.keep();
      if (options.proved) await rememberWritten(written, options.proved);
      written.clear();
      reportDockerFormat(images, options.onNotice);
      return images.map(({ root }) => root.manifest.descriptor);
    },
    async [Symbol.asyncDispose]() {
      await durable[Symbol.asyncDispose]();
      // One that is interrupted goes on later.
      if (options.signal?.aborted) return;
      const files = [...written.keys()].filter((file) => file.startsWith(join(path, "blobs")));
      await takeBack(path, { ...layout.begun(), files }, options);
    },
  };
}

/** Makes the error for a blob that is no longer there: the copy that brought it may have failed. */
function goneError(file: string): NixociError {
  return new NixociError("INCOMPLETE", `${file} was there before, and is gone`, {
    hint: "another copy into this layout has failed; copy again",
  });
}

/** Makes the folders of a layout when they are needed, and again when another copy has removed them. */
function createWritableLayout(path: string) {
  const folders = new Map<string, Promise<void>>();
  let prepared: Promise<void> | undefined;
  let missing: readonly string[] | undefined;
  const prepare = async (): Promise<void> => {
    if (!await isPathThere(join(path, LAYOUT_FILE))) missing ??= await listMissingFolders(path);
    await prepareFolder(path);
  };
  const makeFolders = async (wanted: Iterable<string>, isAgain: boolean): Promise<void> => {
    if (isAgain) prepared = undefined;
    await (prepared ??= prepare());
    await Promise.all([...wanted].map((folder) => {
      const made = isAgain ? undefined : folders.get(folder);
      const making = made ?? prepareBlobs(folder);
      folders.set(folder, making);
      return making;
    }));
  };
  return {
    /** Works in a folder of blobs. */
    workIn: <T>(folder: string, work: () => Promise<T>): Promise<T> =>
      withFolders((isAgain) => makeFolders([folder], isAgain), work),
    /** Works in the layout and all folders of blobs that were needed. */
    workInAll: <T>(work: () => Promise<T>): Promise<T> =>
      withFolders((isAgain) => makeFolders(folders.keys(), isAgain), work),
    /** Keeps the layout, whatever fails later. */
    keep(): void {
      missing = undefined;
      folders.clear();
    },
    /** Returns the folders that may have been made in vain. */
    begun: () => ({ missing, folders: [...folders.keys()] }),
  };
}
