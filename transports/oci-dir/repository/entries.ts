/** Manifests put into a layout and taken out of it: their files, their entries, the lists of referrers. */
import { dirname } from "node:path";
import { NixociError } from "../../../src/base/errors.ts";
import { writeAtomicFile } from "../../../src/bytes/disk/atomic.ts";
import { makeFolder } from "../../../src/bytes/disk/folder.ts";
import { type Digest, isDigest } from "../../../src/bytes/digest.ts";
import { collectStream } from "../../../src/bytes/stream.ts";
import { type Content, readContent } from "../../../src/image/content.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";
import { descriptorOf } from "../../../src/image/documents/documents.ts";
import type { IndexJson } from "../../../src/image/documents/schemas.ts";
import { isObject, MAX_DOCUMENT, parseJson } from "../../../src/image/json.ts";
import {
  createReferrersIndex,
  fallbackTagOf,
  readReferrers,
  subjectOf,
} from "../../../src/image/referrers.ts";
import { type IndexEntry, nameOf, setName } from "../../lib/layout-entries.ts";
import { addReferrers, noteReferrer } from "../../lib/layout-referrers.ts";
import { isPathThere } from "../begun.ts";
import { isWhole } from "../blob-file.ts";
import { fetchFrom, fileOf } from "../read.ts";
import type { EditIndex } from "./edit.ts";
import { findTagged, tagOf } from "./lookup.ts";

/** A manifest that is pushed. */
interface PushedManifest {
  readonly manifest: Content;
  readonly tags: readonly string[];
  readonly needed: readonly Digest[];
}

/** Writes a manifest, then its entries, if all that it names is there when they are written. */
export async function addManifest(
  path: string,
  { manifest, tags, needed }: PushedManifest,
  edit: EditIndex,
): Promise<void> {
  await writeDocument(path, manifest);
  const bytes = await readContent(manifest, MAX_DOCUMENT);
  const children = childrenOf(bytes);
  const noted = await noteReferrer(manifest);
  const mayCome = () => Promise.resolve(true); // clients push what refers to an image before it, too
  await edit(async (before) => {
    for (const digest of [...needed, manifest.descriptor.digest]) {
      if (!isPathThere(fileOf(path, digest, {}))) throw goneError(digest);
    }
    const listed = noted && await addReferrers(before, [noted], fetchFrom(path, {}), mayCome);
    for (const list of listed?.lists ?? []) await writeDocument(path, list);
    const index = listed !== undefined && tags.length === 0
      ? listed.index
      : addEntries(listed?.index ?? before, manifest.descriptor, tags);
    return dropUnnamed(index, children);
  });
}

/** Takes a name away. */
export function removeTag(tag: string, edit: EditIndex): Promise<boolean> {
  return edit((index) => ({
    ...index,
    manifests: index.manifests.filter((entry) => !isTagged(entry, index, tag)),
  }));
}

/** Takes the entries of a manifest away, and its line in the list of its subject's referrers; tells whether there was any. */
export async function dropManifest(
  path: string,
  manifest: Content,
  edit: EditIndex,
): Promise<boolean> {
  const { digest } = manifest.descriptor;
  const subject = subjectOf(await readContent(manifest, MAX_DOCUMENT));
  return await edit(async (before) => {
    const index = omitEntries(before, digest);
    return subject === undefined ? index : await dropReferrer(path, index, { subject, digest });
  });
}

/** Returns the index without the entries of a manifest. */
export function omitEntries(index: IndexJson, digest: Digest): IndexJson {
  return { ...index, manifests: index.manifests.filter((entry) => entry.digest !== digest) };
}

async function dropReferrer(
  path: string,
  index: IndexJson,
  { subject, digest }: { readonly subject: Digest; readonly digest: Digest },
): Promise<IndexJson> {
  const name = fallbackTagOf(subject);
  const entry = index.manifests.findLast((one) => nameOf(one) === name);
  if (entry === undefined) return index;
  const all = await readReferrers(fetchFrom(path, {})(descriptorOf(entry)), subject);
  const left = all.filter((one) => one.digest !== digest);
  if (left.length === all.length) return index;
  if (left.length === 0) {
    return { ...index, manifests: index.manifests.filter((one) => nameOf(one) !== name) };
  }
  const list = createReferrersIndex(left);
  await writeDocument(path, list);
  return setName(index, name, list.descriptor);
}

async function writeDocument(path: string, document: Content): Promise<void> {
  const file = fileOf(path, document.descriptor.digest, {});
  if (await isWhole(file, document.descriptor)) return;
  await makeFolder(dirname(file));
  await writeAtomicFile(file, await collectStream(document.open(), MAX_DOCUMENT, "the manifest"));
}

/** Adds the entries of a manifest under its tags, which others lose; or one without a name. */
function addEntries(
  index: IndexJson,
  { mediaType, digest, size }: Descriptor,
  tags: readonly string[],
): IndexJson {
  const entry = { mediaType, digest, size };
  if (tags.length === 0) {
    const isThere = index.manifests.some((one) => one.digest === digest);
    return isThere ? index : { ...index, manifests: [...index.manifests, entry] };
  }
  return tags.reduce((changed, tag) => {
    const found = findTagged(changed.manifests, tag);
    if (found?.digest === digest && nameOf(found) !== undefined) return changed;
    const kept = changed.manifests.filter((one) =>
      !isTagged(one, changed, tag) && !(one.digest === digest && nameOf(one) === undefined)
    );
    return setName({ ...changed, manifests: kept }, tag, entry);
  }, index);
}

/** Tells whether an entry has the tag, by its name or by all that there is. */
function isTagged(entry: IndexEntry, { manifests }: IndexJson, tag: string): boolean {
  return nameOf(entry) !== undefined && tagOf(entry, manifests) === tag ||
    manifests.length === 1 && tagOf(entry, manifests) === tag;
}

/** Drops entries without a name that an index lists: it is found through that. */
function dropUnnamed(index: IndexJson, children: ReadonlySet<Digest>): IndexJson {
  const manifests = index.manifests.filter((entry) =>
    nameOf(entry) !== undefined || !children.has(entry.digest as Digest)
  );
  return { ...index, manifests };
}

function childrenOf(bytes: Buffer): ReadonlySet<Digest> {
  const json = parseJson(bytes, "the manifest");
  const listed = isObject(json) && Array.isArray(json["manifests"]) ? json["manifests"] : [];
  return new Set(
    listed.flatMap((one) => isObject(one) && isDigest(one["digest"]) ? one["digest"] : []),
  );
}

function goneError(digest: Digest): NixociError {
  return new NixociError("INCOMPLETE", `${digest} was there, and is gone`, {
    hint: "push it again",
  });
}
