/**
 * The parts that a directory and an archive in OCI image layout share: `oci-layout`, `index.json`, paths.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
import { algorithmOf, type Digest, encodedOf, isDigest } from "../../src/bytes/digest.ts";
import { NixociError } from "../../src/base/errors.ts";
import { parseIndex as parseIndexJson } from "../../src/image/documents/documents.ts";
import { encodeJson, parseJson } from "../../src/image/json.ts";
import { MEDIA_TYPES } from "../../src/image/media-types.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { SinkNaming } from "../../src/image/sink.ts";
import type { IndexJson } from "../../src/image/documents/schemas.ts";

/** The marker file, byte for byte as the specification shows it. */
export const LAYOUT_FILE = "oci-layout";
export const LAYOUT = Buffer.from('{"imageLayoutVersion":"1.0.0"}');
export const INDEX_FILE = "index.json";

/**
 * The most bytes of `index.json`: 300,000 names. It is not a manifest: it grows with what people keep in a
 * layout, and never travels.
 */
export const MAX_INDEX_FILE = 64 * 1024 * 1024;

/** A path and what it selects: `path`, `path:reference`, `path@digest`. */
export interface LayoutLocation {
  readonly path: string;
  readonly reference?: string;
}

/**
 * Splits a location at its first colon, as skopeo does, or before `@sha256:…`.
 * @throws NixociError `USAGE`.
 */
export function parseLayoutLocation(
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
      hint: scheme === "docker-archive"
        ? `write ${scheme}:PATH, ${scheme}:PATH:NAME:TAG or ${scheme}:PATH:@N`
        : `write ${scheme}:PATH, ${scheme}:PATH:NAME or ${scheme}:PATH@sha256:…`,
    });
  }
  return { path, reference };
}

/** Returns how images are named in a file whose location names one, or leaves that open. */
export function namingOf(reference: string | undefined): SinkNaming {
  return { own: reference === undefined ? [] : [reference], open: reference === undefined };
}

/** Returns the path of a blob in a layout, below its root. */
export function blobPathOf(digest: Digest): string {
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
export function parseLayoutIndex(bytes: Uint8Array, where: string): IndexJson {
  return parseIndexJson(bytes, `${where}/${INDEX_FILE}`, { maxBytes: MAX_INDEX_FILE });
}

/** Returns an index without images. */
export function createEmptyIndex(): IndexJson {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: [] };
}

/**
 * Writes `index.json`, if it can be read again.
 * @throws NixociError `LIMIT` when it has grown too large.
 */
export function encodeIndex(index: IndexJson): Buffer {
  const bytes = encodeJson(index);
  parseIndexJson(bytes, INDEX_FILE, { maxBytes: MAX_INDEX_FILE });
  return bytes;
}
