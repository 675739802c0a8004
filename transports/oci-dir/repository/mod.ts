/**
 * A layout as one repository of a registry: looked up by tag and digest, pushed into blob by blob,
 * while other tools read and write it, too. Nothing of what they do is kept in memory for longer than
 * the index stays as it is.
 *
 * A tag is the name of an entry, or the tag in it. What is pushed by its digest alone is an entry without
 * a name, until an index that is pushed lists it.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { NixociError, wrapError } from "../../../src/base/errors.ts";
import { syncFolder } from "../../../src/bytes/disk/durable/batch.ts";
import type { Digest } from "../../../src/bytes/digest.ts";
import type { Content } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { isFallbackTag } from "../../../src/image/referrers.ts";
import { LAYOUT_FILE } from "../../lib/layout.ts";
import { isPathThere } from "../begun.ts";
import { withFolders } from "../folders.ts";
import { fileOf, findBlob } from "../read.ts";
import { beginBlobFile, type BlobFile, shareBlobFile } from "./blob.ts";
import { createIndexEditor } from "./edit.ts";
import { addManifest, dropManifest, removeTag } from "./entries.ts";
import { prepareRepository } from "./folder.ts";
import { findTagged, openListed, tagOf } from "./lookup.ts";
import { createLayoutView } from "./view.ts";

/** A layout in a folder, as a repository. */
export interface LayoutRepository {
  /** The folder. */
  readonly path: string;
  /** Finds what a tag or a digest names. */
  findManifest(reference: string): Promise<Content | undefined>;
  findBlob(digest: Digest): Promise<Content | undefined>;
  listTags(): Promise<readonly string[]>;
  listReferrers(subject: Digest): Promise<readonly Descriptor[]>;
  /** Begins a blob whose digest is named when all of it is there. */
  beginBlob(): Promise<BlobFile>;
  /**
   * Puts a manifest, under these tags.
   * @param needed what it names: all of it must be there, still.
   * @throws NixociError `INCOMPLETE` when some of that is gone.
   */
  putManifest(manifest: Content, tags: readonly string[], needed: readonly Digest[]): Promise<void>;
  /** Takes a blob of another layout, without its bytes where the file system can; tells whether it was there. */
  takeBlob(digest: Digest, from: string): Promise<boolean>;
  /** Removes a name; tells whether there was one. The image stays until garbage is removed. */
  removeTag(tag: string): Promise<boolean>;
  /** Removes a manifest, its names, and itself from the list of its subject's referrers. */
  removeManifest(digest: Digest): Promise<boolean>;
  removeBlob(digest: Digest): Promise<boolean>;
}

/**
 * Opens a layout as a repository; `undefined` where there is none.
 * @param path its folder.
 * @param options.make a layout is made there when something is first pushed, and its repository is empty
 * until then.
 * @throws NixociError `EXISTS` for a folder that is something else, `UNSUPPORTED` for a layout of
 * another version.
 * @example
 * ```ts
 * import { openLayoutRepository } from "nixoci";
 * const repository = await openLayoutRepository("in");
 * console.log(await repository?.listTags()); // [ "latest" ]
 * ```
 */
export async function openLayoutRepository(
  path: string,
  { make = false }: { readonly make?: boolean } = {},
): Promise<LayoutRepository | undefined> {
  if (!make && !isPathThere(join(path, LAYOUT_FILE))) return undefined;
  await checkRepository(path, make);
  const view = createLayoutView(path);
  const edit = createIndexEditor(path);
  let prepared: Promise<void> | undefined;
  const prepare = (isAgain: boolean): Promise<void> => {
    if (isAgain) prepared = undefined;
    prepared ??= prepareRepository(path).catch((error) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };
  return {
    path,
    findManifest: async (reference) => await openListed(path, await view.readIndex(), reference),
    findBlob: (digest) => findBlob(path, digest, {}),
    async listTags() {
      const { manifests } = await view.readIndex();
      const tags = manifests.flatMap((entry) => tagOf(entry, manifests) ?? []);
      return [...new Set(tags)].filter((tag) => !isFallbackTag(tag));
    },
    listReferrers: (subject) => view.listReferrers(subject),
    beginBlob: () => withFolders(prepare, () => beginBlobFile(path)),
    putManifest: (manifest, tags, needed) =>
      withFolders(prepare, () => addManifest(path, { manifest, tags, needed }, edit)),
    takeBlob: (digest, from) => withFolders(prepare, () => shareBlobFile(digest, from, path)),
    removeTag: async (tag) =>
      findTagged((await view.readIndex()).manifests, tag) !== undefined &&
      await removeTag(tag, edit),
    async removeManifest(digest) {
      const there = await openListed(path, await view.readIndex(), digest);
      if (there === undefined) return false;
      await dropManifest(path, there, edit);
      return await removeFile(path, digest);
    },
    removeBlob: (digest) => removeFile(path, digest),
  };
}

async function removeFile(path: string, digest: Digest): Promise<boolean> {
  const file = fileOf(path, digest, {});
  if (!isPathThere(file)) return false;
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw wrapError(error, `Cannot remove ${file}`);
  }
  await syncFolder(join(file, ".."));
  return true;
}

/** Refuses a folder of something else, before anybody sends gigabytes for it. */
async function checkRepository(path: string, make: boolean): Promise<void> {
  if (make && !isPathThere(path)) return;
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    throw wrapError(error, `Cannot list ${path}`);
  });
  const files = entries.filter((one) => !one.name.startsWith(".") && !one.isDirectory());
  if (files.length === 0 || files.some(({ name }) => name === LAYOUT_FILE)) return;
  throw new NixociError("EXISTS", `${path} holds ${files[0]!.name} and is not an OCI layout`, {
    hint: "name another folder, or move what is in it",
  });
}
