/**
 * Parses closures in JSON: what `nix path-info --json` prints, in each of its forms, and what
 * exportReferencesGraph writes if a derivation has structured attributes.
 * @see https://nix.dev/manual/nix/latest/protocols/json/store-object-info
 * @see https://nix.dev/manual/nix/latest/language/advanced-attributes#adv-attr-exportReferencesGraph
 */
import type { Digest } from "../../bytes/digest.ts";
import { wrapError } from "../../base/errors.ts";
import { isObject } from "../../image/json.ts";
import { parseHash } from "../formats/hash.ts";
import { descriptionError, isCount, type PathDescription } from "./path-description.ts";

type JsonFields = Readonly<Record<string, unknown>>;

/**
 * Parses the paths of a JSON document; those that it calls not valid are left out.
 * @throws NixociError `MALFORMED`.
 */
export function parseClosureJson(text: string): PathDescription[] {
  const value = parseText(text);
  if (Array.isArray(value)) return entriesOf(value);
  if (!isObject(value)) throw descriptionError("it is neither an array nor an object");
  if (isObject(value.exportReferencesGraph)) return graphsOf(value, value.exportReferencesGraph);
  if (isObject(value.info)) return namedEntriesOf(value.info, value.storeDir);
  const entries = Object.entries(value);
  const byPath = entries.filter(([key]) => key.startsWith("/"));
  if (byPath.length === 0 && entries.length > 0) throw descriptionError("it has no store paths");
  return byPath.flatMap(([path, fields]) => entryOf(fields, path));
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch { // the reason would quote the text
    throw descriptionError("it is not valid JSON");
  }
}

/** Parses the array of Nix up to 2.18, and of exportReferencesGraph. */
function entriesOf(values: readonly unknown[]): PathDescription[] {
  return values.flatMap((value) => {
    if (isObject(value) && typeof value.path === "string") return entryOf(value, value.path);
    throw descriptionError("an entry has no path");
  });
}

/** Parses `.attrs.json` of a derivation, which holds each of its graphs under the graph's name. */
function graphsOf(attributes: JsonFields, graphs: JsonFields): PathDescription[] {
  return Object.keys(graphs).flatMap((name) => {
    const graph = attributes[name];
    if (!Array.isArray(graph)) {
      throw descriptionError(`the graph ${JSON.stringify(name)} is missing`);
    }
    return entriesOf(graph);
  });
}

/** Parses version 2: base names below the store's folder, which is said once. */
function namedEntriesOf(info: JsonFields, storeDir: unknown): PathDescription[] {
  if (typeof storeDir !== "string") throw descriptionError("it does not say its storeDir");
  const whole = (base: string) => base.startsWith("/") ? base : `${storeDir}/${base}`;
  return Object.entries(info).flatMap(([base, fields]) =>
    entryOf(fields, whole(base)).map(({ deriver, references, ...rest }) => ({
      ...rest,
      references: references.map(whole),
      ...(deriver === undefined ? {} : { deriver: whole(deriver) }),
    }))
  );
}

/** Parses one path; none if it is not valid. */
function entryOf(fields: unknown, path: string): PathDescription[] {
  if (fields === null || (isObject(fields) && fields.valid === false)) return [];
  if (!isObject(fields)) throw descriptionError(`what it says of ${path} is not an object`);
  const { narHash, narSize, references, deriver, registrationTime } = fields;
  if (narSize === undefined) throw descriptionError(`${path} has no narSize`);
  if (!isCount(narSize)) throw descriptionError(`the narSize of ${path} is not a number of bytes`);
  if (!Array.isArray(references) || !references.every((each) => typeof each === "string")) {
    throw descriptionError(`the references of ${path} are not an array of paths`);
  }
  return [{
    path,
    narSize,
    references,
    ...(narHash === undefined ? {} : { narHash: hashOf(narHash, path) }),
    ...(typeof deriver === "string" ? { deriver } : {}),
    ...(isCount(registrationTime) ? { registrationTime } : {}),
  }];
}

/** Parses a hash as text, or as Nix 2.32 wrote it: `{algorithm, format: "base64", hash}`. */
function hashOf(narHash: unknown, path: string): Digest {
  const isOfNix232 = isObject(narHash) && typeof narHash.hash === "string";
  const text = isOfNix232 ? `${narHash.algorithm}:${narHash.hash}` : narHash;
  if (typeof text !== "string") throw descriptionError(`the narHash of ${path} is not a hash`);
  try {
    return parseHash(text);
  } catch (error) {
    throw wrapError(error, `the narHash of ${path}`);
  }
}
