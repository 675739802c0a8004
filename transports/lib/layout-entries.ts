/** The entries of a layout's index: the images in it, and the names that they have. */
import { isDigest } from "../../src/bytes/digest.ts";
import { NixociError } from "../../src/base/errors.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { descriptorOf } from "../../src/image/documents/documents.ts";
import { checkEntryType } from "../../src/image/documents/load.ts";
import { isDigestTag, isFallbackTag } from "../../src/image/referrers.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import type { NamedRoot } from "../../src/image/root.ts";
import type { ListedImage } from "../../src/image/source.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";

/** An entry of a layout's index. */
export type IndexEntry = IndexJson["manifests"][number];

const REF_NAME = "org.opencontainers.image.ref.name";
// What BuildKit and containerd write beside it: the full name, where ref.name is only the tag.
const FULL_NAME = "io.containerd.image.name";

/** Lists the layout's images: by name, else by digest; so too those whose name a later one has. */
export function listLayoutImages({ manifests }: IndexJson): ListedImage[] {
  const entries = manifests.filter((entry) => !isFallbackTag(nameOf(entry) ?? ""));
  const holders = new Map(entries.map((entry) => [nameOf(entry), entry.digest]));
  return entries.map((entry) => {
    const [name, id] = [nameOf(entry), entry.digest];
    if (name === undefined) return { select: id, id };
    return { select: holders.get(name) === id ? name : id, name, id };
  });
}

/**
 * Returns the name of an entry: the whole where containerd and Docker have written one, for then the
 * other annotation is the tag alone, which several images share. An empty one is none.
 */
export function nameOf({ annotations = {} }: Pick<Descriptor, "annotations">): string | undefined {
  return annotations[FULL_NAME] || annotations[REF_NAME] || undefined;
}

/** Finds the entries that a reference means: by digest, by a name as it stands, or by one as people write it. */
export function findMeant(
  entries: readonly IndexEntry[],
  reference: string,
): readonly IndexEntry[] {
  if (isDigest(reference)) return entries.filter(({ digest }) => digest === reference);
  const found = entries.filter((entry) => isNamed(entry, reference));
  return found.length > 0 ? found : entries.filter(({ annotations }) => {
    const full = annotations?.[FULL_NAME];
    return full !== undefined && isSameName(full, reference);
  });
}

function isNamed({ annotations = {} }: Pick<Descriptor, "annotations">, name: string): boolean {
  return annotations[REF_NAME] === name || annotations[FULL_NAME] === name;
}

/** Tells whether both name the same image, as people write it: `app:1` is `docker.io/library/app:1`. */
function isSameName(full: string, short: string): boolean {
  try {
    return formatReference(parseReference(full)) === formatReference(parseReference(short));
  } catch {
    return false; // names in a layout may be no references
  }
}

// A layout may hold thousands.
const MAX_SAID = 20;

function describeImages(index: IndexJson): string {
  const selects = [...new Set(listLayoutImages(index).map(({ select }) => select))];
  if (selects.length === 0) return "it holds no images";
  const more = selects.length - MAX_SAID;
  return `there are ${selects.slice(0, MAX_SAID).join(", ")}` +
    (more > 0 ? ` and ${more} more (nixoci tags lists all)` : "");
}

/**
 * Chooses the entry that a reference means: by digest, by name; without a reference the only image, or the
 * only one that has no name.
 * @throws NixociError `NOT_FOUND`, `USAGE` when it could be several; both say which there are.
 * `MALFORMED` for one that is not a manifest.
 */
export function chooseImage(
  index: IndexJson,
  reference: string | undefined,
  where: string,
): Descriptor {
  const entry = descriptorOf(findImage(index, reference, where));
  checkEntryType(entry);
  return entry;
}

function findImage(index: IndexJson, reference: string | undefined, where: string): IndexEntry {
  if (reference === undefined) {
    // What is attached to an image under a name made of its digest is never what is meant.
    const entries = index.manifests.filter((entry) => !isAttached(nameOf(entry) ?? ""));
    const unnamed = entries.filter((entry) => nameOf(entry) === undefined);
    // The same twice is one; of an image with several names it is not said which name is meant.
    const isOne = new Set(entries.map((one) => `${one.digest} ${nameOf(one)}`)).size === 1;
    const only = isOne ? entries.slice(-1) : unnamed;
    if (only.length === 1) return only[0]!;
    if (entries.length === 0) throw new NixociError("NOT_FOUND", `${where} holds no images`);
    throw new NixociError("USAGE", `${where} holds ${entries.length} images; say which one`, {
      hint: `${describeImages(index)}; add :NAME or @DIGEST, or --all`,
    });
  }
  const found = findMeant(index.manifests, reference);
  if (found.length > 0) return found.at(-1)!;
  throw new NixociError("NOT_FOUND", `${where} has no image ${JSON.stringify(reference)}`, {
    hint: describeImages(index),
  });
}

function isAttached(name: string): boolean {
  return isFallbackTag(name) || isDigestTag(name);
}

/** Returns the index with the name at this manifest alone. */
export function setName(index: IndexJson, name: string, descriptor: Descriptor): IndexJson {
  const { mediaType, digest, size } = descriptor;
  const kept = index.manifests.filter((entry) => nameOf(entry) !== name);
  const entry = { mediaType, digest, size, annotations: { [REF_NAME]: name } };
  return { ...index, manifests: [...kept, entry] };
}

/**
 * Returns the index with the images under their names (`undefined` is the unnamed one), which other
 * entries lose. Entries are otherwise left as they are.
 */
export function addImages(
  index: IndexJson,
  images: readonly NamedRoot[],
  location?: string,
): IndexJson {
  const isUnnamed = location === undefined && images.some((image) => image.references.length === 0);
  const added = new Map<string | symbol, IndexEntry>();
  for (const { root, references } of images) {
    const { mediaType, digest, size, artifactType } = root.manifest.descriptor;
    for (const name of references.length === 0 ? [location] : references) {
      const entry = {
        mediaType,
        digest,
        size,
        ...(artifactType && { artifactType }),
        ...(name !== undefined && { annotations: { [REF_NAME]: name } }),
      };
      const key = name ?? Symbol();
      added.delete(key); // a later one of the same name comes last
      added.set(key, entry);
    }
  }
  const kept = index.manifests.filter((entry) => {
    const { [REF_NAME]: name = "", [FULL_NAME]: full = "" } = entry.annotations ?? {};
    return !added.has(name) && !added.has(full) && (!isUnnamed || nameOf(entry) !== undefined);
  });
  return { ...index, manifests: [...kept, ...added.values()] };
}
