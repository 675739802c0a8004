/**
 * `manifest.json`, by which `docker save` says what is in its archive.
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
 */
import * as z from "zod/mini";
import { encodeJson, isObject, parseJson } from "../../../src/image/json.ts";
import { checkShape } from "../../../src/image/documents/schemas.ts";

/** Its path in the archive. */
export const MANIFEST_FILE = "manifest.json";

/** One image of the archive; paths are members of it, layers lowest first. */
export interface ManifestItem {
  readonly Config: string;
  readonly RepoTags: readonly string[];
  readonly Layers: readonly string[];
}

const path = z.string().check(z.minLength(1));

// Go writes an empty list as null.
const item = z.looseObject({
  Config: path,
  RepoTags: z.nullish(z.array(z.nullable(z.string()))),
  Layers: z.nullish(z.array(path).check(z.maxLength(10_000))),
});
const schema = z.nullable(z.array(item).check(z.maxLength(10_000)));

/**
 * Parses the images that the document lists. Case does not count in its keys, as in Go, whose programs
 * read what Jib wrote until 2.5: `config`, `repoTags`, `layers`.
 * @throws NixociError `MALFORMED`, `LIMIT`.
 */
export function parseArchiveManifest(bytes: Uint8Array): ManifestItem[] {
  const items = parseJson(bytes, MANIFEST_FILE);
  const named = Array.isArray(items) ? items.map(normalizeKeys) : items;
  return (checkShape(schema, named, MANIFEST_FILE) ?? []).map((item) => ({
    Config: item.Config,
    // Without repeats; what is empty is not a name.
    RepoTags: [...new Set((item.RepoTags ?? []).flatMap((name) => name || []))],
    Layers: item.Layers ?? [],
  }));
}

const KEYS = new Map(Object.keys(item.shape).map((key) => [key.toLowerCase(), key]));

/**
 * Returns the same item with keys as Docker writes them; two that differ in case only are refused
 * before.
 */
function normalizeKeys(item: unknown): unknown {
  if (!isObject(item)) return item;
  const entries = Object.entries(item);
  return Object.fromEntries(
    entries.map(([key, value]) => [KEYS.get(key.toLowerCase()) ?? key, value]),
  );
}

/** Returns the document, as it is written. */
export function encodeManifest(items: readonly ManifestItem[]): Buffer {
  return encodeJson(items);
}
