/**
 * Closures in JSON: what `nix path-info --json` prints, in each of its forms, and what
 * exportReferencesGraph writes where a derivation has structured attributes.
 * @see https://nix.dev/manual/nix/latest/protocols/json/store-object-info
 * @see https://nix.dev/manual/nix/latest/language/advanced-attributes#adv-attr-exportReferencesGraph
 */
import type { Digest } from "../../bytes/digest.ts";
import { during } from "../../base/errors.ts";
import { isObject } from "../../image/json.ts";
import { parseHash } from "../formats/hash.ts";
import { type Described, isCount, malformed } from "../store/described.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The paths in a JSON document; those that it says are not valid are left out.
 * @throws NixociError `MALFORMED`.
 */
export function readJson(text: string): Described[] {
  const value = parsed(text);
  if (Array.isArray(value)) return entriesOf(value);
  if (!isObject(value)) throw malformed("it is neither an array nor an object");
  if (isObject(value.exportReferencesGraph)) return graphsOf(value, value.exportReferencesGraph);
  if (isObject(value.info)) return fromBases(value.info, value.storeDir);
  const entries = Object.entries(value);
  const byPath = entries.filter(([key]) => key.startsWith("/"));
  if (byPath.length === 0 && entries.length > 0) throw malformed("it has no store paths");
  return byPath.flatMap(([path, fields]) => entry(fields, path));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`it is not valid JSON (${(error as Error).message})`);
  }
}

/** The array of Nix up to 2.18, and of exportReferencesGraph. */
function entriesOf(values: readonly unknown[]): Described[] {
  return values.flatMap((value) => {
    if (isObject(value) && typeof value.path === "string") return entry(value, value.path);
    throw malformed("an entry has no path");
  });
}

/** `.attrs.json` of a derivation, which holds each of its graphs under the graph's name. */
function graphsOf(attributes: Fields, graphs: Fields): Described[] {
  return Object.keys(graphs).flatMap((name) => {
    const graph = attributes[name];
    if (!Array.isArray(graph)) throw malformed(`the graph ${JSON.stringify(name)} is missing`);
    return entriesOf(graph);
  });
}

/** Version 2: base names below the store's folder, which is said once. */
function fromBases(info: Fields, storeDir: unknown): Described[] {
  if (typeof storeDir !== "string") throw malformed("it does not say its storeDir");
  const whole = (base: string) => base.startsWith("/") ? base : `${storeDir}/${base}`;
  return Object.entries(info).flatMap(([base, fields]) =>
    entry(fields, whole(base)).map(({ deriver, references, ...rest }) => ({
      ...rest,
      references: references.map(whole),
      ...(deriver === undefined ? {} : { deriver: whole(deriver) }),
    }))
  );
}

/** One path, or none where it is not valid. */
function entry(fields: unknown, path: string): Described[] {
  if (fields === null || (isObject(fields) && fields.valid === false)) return [];
  if (!isObject(fields)) throw malformed(`what it says of ${path} is not an object`);
  const { narHash, narSize, references, deriver, registrationTime } = fields;
  if (narSize === undefined) throw malformed(`${path} has no narSize`);
  if (!isCount(narSize)) throw malformed(`the narSize of ${path} is no number of bytes`);
  if (!Array.isArray(references) || !references.every((each) => typeof each === "string")) {
    throw malformed(`the references of ${path} are no array of paths`);
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

/** A hash as text, or as Nix 2.32 wrote it: `{algorithm, format: "base64", hash}`. */
function hashOf(narHash: unknown, path: string): Digest {
  const isOfNix232 = isObject(narHash) && typeof narHash.hash === "string";
  const text = isOfNix232 ? `${narHash.algorithm}:${narHash.hash}` : narHash;
  if (typeof text !== "string") throw malformed(`the narHash of ${path} is no hash`);
  try {
    return parseHash(text);
  } catch (error) {
    throw during(error, `the narHash of ${path}`);
  }
}
