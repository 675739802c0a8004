/** Marks what the entries of a layout's index need, at any depth. */
import { codeOf, NixociError } from "../../src/base/errors.ts";
import { type Digest, isDigest } from "../../src/bytes/digest.ts";
import { readContent } from "../../src/image/content.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { isObject, MAX_DOCUMENT } from "../../src/image/json.ts";
import { isIndex, isManifest } from "../../src/image/media-types.ts";
import { fallbackTagOf, isDigestTag, isFallbackTag } from "../../src/image/referrers.ts";
import { type IndexEntry, nameOf } from "../lib/layout-entries.ts";
import { isPathThere } from "./begun.ts";
import { fetchFrom, fileOf } from "./read.ts";

/** The content that is needed, and the entries that stay for that. */
export interface Marked {
  readonly needed: ReadonlySet<Digest>;
  readonly kept: readonly IndexEntry[];
}

/**
 * Marks all that the entries need. What is called by the digest of an image (lists of referrers,
 * cosign's tags) is needed as long as the image is; where the image was never there, too.
 * @throws NixociError `MALFORMED` for a document that is damaged, `INCOMPLETE` for one that is missing.
 */
export async function markNeeded(
  path: string,
  entries: readonly IndexEntry[],
  isSparse: boolean,
): Promise<Marked> {
  const needed = new Set<Digest>();
  const isAttached = (entry: IndexEntry): boolean => {
    const name = nameOf(entry) ?? "";
    return isFallbackTag(name) || isDigestTag(name);
  };
  let kept = entries.filter((entry) => !isAttached(entry));
  let left = entries.filter(isAttached);
  for (const entry of kept) await markFrom(path, descriptorOf(entry), { needed, isSparse });
  const there = new Set(entries.map(({ digest }) => digest));
  for (;;) {
    const tags = new Map([...needed].map((digest) => [fallbackTagOf(digest), digest]));
    const isNeeded = (entry: IndexEntry) => tags.has(nameOf(entry)!.slice(0, TAG_LENGTH));
    const found = left.filter(isNeeded);
    if (found.length === 0) break;
    for (const entry of found) await markFrom(path, descriptorOf(entry), { needed, isSparse });
    kept = [...kept, ...found];
    left = left.filter((entry) => !found.includes(entry));
  }
  for (const entry of left) {
    if (there.has(entry.digest) && await hasSubject(path, nameOf(entry)!)) continue;
    await markFrom(path, descriptorOf(entry), { needed, isSparse });
    kept = [...kept, entry];
  }
  return { needed, kept: entries.filter((entry) => kept.includes(entry)) };
}

const TAG_LENGTH = "sha256-".length + 64;

/** Tells whether what a name is made of is in the layout. */
async function hasSubject(path: string, name: string): Promise<boolean> {
  const digest = name.slice(0, TAG_LENGTH).replace("-", ":");
  return isDigest(digest) && isPathThere(fileOf(path, digest, {}));
}

/** Something that a document names. */
interface NamedPart {
  readonly descriptor: Descriptor;
  /** It names more: a manifest, whatever its type says. */
  readonly isDocument: boolean;
  /** It is what the document refers to, and may be elsewhere. */
  readonly isSubject?: boolean;
}

interface Marks {
  readonly needed: Set<Digest>;
  readonly isSparse: boolean;
  /** Subjects are not followed: what a manifest only refers to is not a part of it. */
  readonly omitsSubjects?: boolean;
}

/** Marks an image and all that it needs. Throws as {@link markNeeded} does. */
export async function markFrom(
  path: string,
  of: Descriptor,
  { needed, isSparse, omitsSubjects = false }: Marks,
): Promise<void> {
  const fetch = fetchFrom(path, {});
  const ahead: NamedPart[] = [{ descriptor: of, isDocument: true }];
  for (let one = ahead.pop(); one !== undefined; one = ahead.pop()) {
    const { descriptor, isDocument, isSubject = false } = one;
    if (needed.has(descriptor.digest)) continue;
    needed.add(descriptor.digest);
    if (!isDocument) continue;
    const read = () => readContent(fetch(descriptor), MAX_DOCUMENT);
    const bytes = await readIfThere(read, descriptor.digest, isSubject || isSparse);
    const parts = bytes === undefined ? [] : partsOf(bytes);
    ahead.push(...parts.filter(({ isSubject }) => !(isSubject && omitsSubjects)));
  }
}

async function readIfThere(
  read: () => Promise<Buffer>,
  digest: Digest,
  mayBeMissing: boolean,
): Promise<Buffer | undefined> {
  try {
    return await read();
  } catch (error) {
    const code = codeOf(error);
    // What is so large is not a document.
    if (code === "LIMIT" || code === "NOT_FOUND" && mayBeMissing) return undefined;
    if (code === "NOT_FOUND") {
      throw new NixociError(
        "INCOMPLETE",
        `${digest} is missing, and what it needs nobody can say`,
        {
          cause: error,
          hint:
            "repair it first (nixoci verify --repair), or give --sparse if it was never brought here",
        },
      );
    }
    throw new NixociError("MALFORMED", `${digest} is damaged, and what it needs nobody can say`, {
      cause: error,
      hint: "repair it first: nixoci verify --repair",
    });
  }
}

/** Lists what a document names, Docker's first format among them; nothing for what is not one. */
function partsOf(bytes: Buffer): NamedPart[] {
  let json: unknown;
  try {
    json = JSON.parse(String(bytes));
  } catch {
    return [];
  }
  if (!isObject(json)) return [];
  const { config, subject, layers, manifests, blobs, fsLayers } = json;
  return [
    ...partOf(subject, true).map((part) => ({ ...part, isSubject: true })),
    ...[manifests].flat().flatMap((part) => partOf(part, true)),
    ...[config, layers, blobs, fsLayers].flat().flatMap((part) => partOf(part, false)),
  ];
}

function partOf(part: unknown, isDocument: boolean): NamedPart[] {
  if (!isObject(part)) return [];
  const { digest = part["blobSum"], size, mediaType } = part;
  if (!isDigest(digest)) return [];
  const descriptor = { mediaType: String(mediaType), digest, size: Number(size ?? 0) };
  const { mediaType: type } = descriptor;
  return [{ descriptor, isDocument: isDocument || isManifest(type) || isIndex(type) }];
}
