/**
 * `manifest.json`, by which `docker save` says what is in its archive.
 * @see https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
 */
import * as z from "zod/mini";
import { encodeJson, parseJson } from "../../../src/image/json.ts";
import { checkShape } from "../../../src/image/schemas.ts";

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
const schema = z.array(z.looseObject({
  Config: path,
  RepoTags: z.nullish(z.array(z.string())),
  Layers: z.nullish(z.array(path).check(z.maxLength(10_000))),
})).check(z.maxLength(10_000));

/**
 * Parses the images that the document lists.
 * @throws NixociError `MALFORMED`, `LIMIT`.
 */
export function parseManifest(bytes: Uint8Array): ManifestItem[] {
  return checkShape(schema, parseJson(bytes, MANIFEST_FILE), MANIFEST_FILE).map((item) => ({
    Config: item.Config,
    RepoTags: item.RepoTags ?? [],
    Layers: item.Layers ?? [],
  }));
}

/** Returns the document, as it is written. */
export function encodeManifest(items: readonly ManifestItem[]): Buffer {
  return encodeJson(items);
}
