/**
 * The parts that a directory and an archive in OCI image layout share: `oci-layout`, `index.json`, names.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
import { algorithmOf, type Digest, encodedOf, isDigest } from "../../src/bytes/digest.ts";
import { NixociError } from "../../src/base/errors.ts";
import type { Descriptor } from "../../src/image/descriptor.ts";
import { descriptorOf, parseIndex as parseIndexJson } from "../../src/image/documents.ts";
import { encodeJson, parseJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import { formatReference, parseReference } from "../../src/image/reference.ts";
import type { NamedRoot } from "../../src/image/root.ts";
import type { SinkNaming } from "../../src/image/sink.ts";
import type { ListedImage } from "../../src/image/source.ts";
import type { IndexJson } from "../../src/image/schemas.ts";

/** The marker file, byte for byte as the specification shows it. */
export const LAYOUT_FILE = "oci-layout";
export const LAYOUT = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
export const INDEX_FILE = "index.json";

const REF_NAME = "org.opencontainers.image.ref.name";
// What BuildKit and containerd write beside it: the full name, where ref.name is only the tag.
const FULL_NAME = "io.containerd.image.name";

/** A path and what it selects: `path`, `path:reference`, `path@digest`. */
export interface LayoutLocation {
  readonly path: string;
  readonly reference?: string;
}

/**
 * Splits a location at its first colon, as skopeo does, or before `@sha256:…`.
 * @throws NixociError `USAGE`.
 */
export function parseLocation(
  { scheme, location }: Pick<PlaceReference, "scheme" | "location">,
): LayoutLocation {
  const pinned = /^(.*)@((?:sha256|sha512):.*)$/s.exec(location);
  const colon = location.indexOf(":");
  const path = pinned?.[1] ?? (colon === -1 ? location : location.slice(0, colon));
  const reference = pinned?.[2] ?? (colon === -1 ? undefined : location.slice(colon + 1));
  const isWrong = path === "" || reference === "" || path.includes("\0") ||
    (pinned && !isDigest(reference));
  if (isWrong) {
    throw new NixociError("USAGE", `${JSON.stringify(`${scheme}:${location}`)} is not a location`, {
      hint: `write ${scheme}:PATH, ${scheme}:PATH:NAME or ${scheme}:PATH@sha256:…`,
    });
  }
  return { path, reference };
}

/** Returns how images are named in a file whose location names one, or leaves that open. */
export function namingOf(reference: string | undefined): SinkNaming {
  return { own: reference === undefined ? [] : [reference], open: reference === undefined };
}

/** Returns the path of a blob in a layout, below its root. */
export function blobPath(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${encodedOf(digest)}`;
}

/** Proves that the marker file says a version that we read. */
export function checkLayout(bytes: Uint8Array, where: string): void {
  const value = parseJson(bytes, `${where}/${LAYOUT_FILE}`) as { imageLayoutVersion?: unknown };
  if (value?.imageLayoutVersion === "1.0.0") return;
  const version = JSON.stringify(value?.imageLayoutVersion);
  throw new NixociError("UNSUPPORTED", `${where} is an OCI layout of version ${version}`, {
    hint: "nixoci reads version 1.0.0",
  });
}

/** Parses and checks a layout's index. */
export function parseIndex(bytes: Uint8Array, where: string): IndexJson {
  return parseIndexJson(bytes, `${where}/${INDEX_FILE}`);
}

/** Lists the layout's images: by name, else by digest; so too those whose name a later one has. */
export function listImages(index: IndexJson): ListedImage[] {
  const holders = new Map(index.manifests.map((entry) => [nameOf(entry), entry.digest]));
  return index.manifests.map((entry) => {
    const [name, id] = [nameOf(entry), entry.digest];
    if (name === undefined) return { select: id, id };
    return { select: holders.get(name) === id ? name : id, name, id };
  });
}

/**
 * Returns the name of an entry: the whole where containerd and Docker have written one, for then the
 * other annotation is the tag alone, which several images share.
 */
function nameOf({ annotations = {} }: Pick<Descriptor, "annotations">): string | undefined {
  return annotations[FULL_NAME] ?? annotations[REF_NAME];
}

/** Finds the entries that a reference means: by digest, by a name as it stands, or by one as people write it. */
function findMeant(entries: readonly Descriptor[], reference: string): readonly Descriptor[] {
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

/**
 * Chooses the entry that a reference means: by digest, by name; without a reference the only image, or the
 * only one that has no name.
 * @throws NixociError `NOT_FOUND`, `USAGE` when it could be several; both say which there are.
 */
export function chooseImage(
  index: IndexJson,
  reference: string | undefined,
  where: string,
): Descriptor {
  const entries = index.manifests.map(descriptorOf);
  const there = `it holds ${
    listImages(index).map(({ select }) => select).join(", ") || "no images"
  }`;
  if (reference === undefined) {
    const unnamed = entries.filter((entry) => nameOf(entry) === undefined);
    const only = entries.length === 1 ? entries : unnamed;
    if (only.length === 1) return only[0]!;
    if (entries.length === 0) throw new NixociError("NOT_FOUND", `${where} holds no images`);
    throw new NixociError("USAGE", `${where} holds ${entries.length} images; say which one`, {
      hint: `${there}; add :NAME or @DIGEST, or --all`,
    });
  }
  const found = findMeant(entries, reference);
  if (found.length > 0) return found.at(-1)!;
  throw new NixociError("NOT_FOUND", `${where} has no image ${JSON.stringify(reference)}`, {
    hint: there,
  });
}

/** Returns an index without images. */
export function emptyIndex(): IndexJson {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [] };
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
  let manifests = index.manifests.filter((entry) => !isUnnamed || nameOf(entry) !== undefined);
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
      const others = manifests.filter((other) => name === undefined || !isNamed(other, name));
      manifests = [...others, entry];
    }
  }
  return { ...index, manifests };
}

/**
 * Writes `index.json`, if it can be read again.
 * @throws NixociError `LIMIT` when it has grown too large.
 */
export function encodeIndex(index: IndexJson): Buffer {
  const bytes = encodeJson(index);
  parseIndexJson(bytes, INDEX_FILE);
  return bytes;
}
