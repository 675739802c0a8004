/**
 * Parses manifests, indexes and configs. A `null` where Go writes one for an empty list or a missing
 * field is as good as nothing; what the bytes say otherwise stays as it is.
 */
import { NixociError } from "../../base/errors.ts";
import type { Descriptor } from "../descriptor.ts";
import { isObject, type JsonLimits, parseJson } from "../json.ts";
import {
  checkShape,
  type ConfigJson,
  configSchema,
  type IndexJson,
  indexSchema,
  type ManifestJson,
  manifestSchema,
} from "./schemas.ts";

const LISTS = ["layers", "manifests"];
const DOCUMENT_FIELDS = ["mediaType", "artifactType", "subject", "annotations"];
const DESCRIPTOR_FIELDS = ["urls", "annotations", "platform", "artifactType", "data"];
const CONFIG_FIELDS = ["architecture", "os", "variant", "os.version"];
const PLATFORM_FIELDS = [...CONFIG_FIELDS, "os.features"];

/**
 * Parses a manifest or an index into an object without nulls: its lists are there, its other fields
 * are not.
 * @throws NixociError `MALFORMED` or `LIMIT`.
 */
export function parseDocument(
  bytes: Uint8Array,
  what: string,
  limits?: JsonLimits,
): Record<string, unknown> {
  const value = parseJson(bytes, what, limits);
  if (!isObject(value)) throw new NixociError("MALFORMED", `${what} is not a JSON object`);
  const document = omitNulls(value, DOCUMENT_FIELDS);
  for (const key of ["config", "subject"].filter((key) => key in document)) {
    document[key] = omitDescriptorNulls(document[key]);
  }
  for (const key of LISTS.filter((key) => key in document)) {
    const list = document[key] ?? [];
    document[key] = Array.isArray(list) ? list.map(omitDescriptorNulls) : list;
  }
  return document;
}

/** Returns the descriptor of an index's entry; a platform without `os` or `architecture` is none. */
export function descriptorOf({ platform, ...entry }: IndexJson["manifests"][number]): Descriptor {
  const { os, architecture } = platform ?? {};
  return os && architecture ? { ...entry, platform: { ...platform, os, architecture } } : entry;
}

/** Parses an image manifest. Throws as {@link parseDocument} does. */
export function parseManifest(bytes: Uint8Array, what: string): ManifestJson {
  return checkShape(manifestSchema, parseDocument(bytes, what), what);
}

/** Parses an index. Throws as {@link parseDocument} does. */
export function parseIndex(bytes: Uint8Array, what: string, limits?: JsonLimits): IndexJson {
  return checkShape(indexSchema, parseDocument(bytes, what, limits), what);
}

/**
 * Parses an image's config.
 * @throws NixociError `MALFORMED` or `LIMIT`.
 */
export function parseConfig(bytes: Uint8Array, what: string): ConfigJson {
  return checkConfig(parseJson(bytes, what), what);
}

/**
 * Parses what may be an image's config; returns `undefined` for what is none to any reader: no JSON,
 * or JSON without a `rootfs`. Artifacts have `{}` or anything else under an image config's type.
 * @throws NixociError `MALFORMED` for JSON that some readers take for a config, and `LIMIT`.
 */
export function parseConfigIfAny(bytes: Uint8Array, what: string): ConfigJson | undefined {
  if (!isJson(bytes)) return undefined;
  const value = parseJson(bytes, what);
  const hasRootfs = isObject(value) &&
    Object.entries(value).some(([key, field]) => /^rootfs$/iu.test(key) && field !== null);
  return hasRootfs ? checkConfig(value, what) : undefined;
}

function checkConfig(value: unknown, what: string): ConfigJson {
  return checkShape(configSchema, isObject(value) ? omitNulls(value, CONFIG_FIELDS) : value, what);
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function omitNulls(object: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).filter(([key, value]) => value !== null || !keys.includes(key)),
  );
}

function omitDescriptorNulls(descriptor: unknown): unknown {
  if (!isObject(descriptor)) return descriptor;
  const kept = omitNulls(descriptor, DESCRIPTOR_FIELDS);
  const { platform } = kept;
  return isObject(platform) ? { ...kept, platform: omitNulls(platform, PLATFORM_FIELDS) } : kept;
}
