/** Parses and encodes outputs as `nix derivation show` prints them. */
import { checkPath } from "../checks.ts";
import { derivationError, type DerivationOutput } from "../derivation.ts";
import {
  checkHash,
  formatHashing,
  formatSriHash,
  type OutputHashing,
  pairHashing,
  parseHashing,
  parseSriHash,
} from "../hashes.ts";
import { computeFixedPath, outputNameOf } from "../paths.ts";
import type { ShownFields } from "./fields.ts";
import type { JsonValue } from "./value.ts";

/** A form of `nix derivation show`, by its number; the first two did not say theirs. */
export type ShowVersion = 1 | 2 | 3 | 4;

/** The output of a derivation that is meant. */
interface OutputPlace {
  readonly name: string;
  readonly output: string;
  readonly storeDir: string;
}

/** Parses an output; its keys tell its kind. @throws NixociError `MALFORMED`. */
export function parseJsonOutput(fields: ShownFields, place: OutputPlace): DerivationOutput {
  const { path, hash, impure } = fields;
  const { storeDir } = place;
  const wholePath = path === undefined ? undefined : wholeOf(path, storeDir);
  if (fields.hashAlgo === undefined && fields.method === undefined) {
    if (wholePath === undefined) return { kind: "deferred" };
    return { kind: "input-addressed", path: checkPath(wholePath, storeDir) };
  }
  if (hash === undefined) {
    return { kind: impure === true ? "impure" : "floating", ...hashingOf(fields) };
  }
  const known = fields.hashAlgo === undefined
    ? { ...parseSriHash(hash), method: pairHashing(fields.method, "sha256").method }
    : withHash(hashingOf(fields), hash);
  const computed = () => computeFixedPath(known, outputNameOf(place.name, place.output), storeDir);
  return { kind: "fixed", ...known, path: checkPath(wholePath ?? computed(), storeDir) };
}

function withHash(how: OutputHashing, hash: JsonValue): OutputHashing & { readonly hash: string } {
  return { ...how, hash: checkHash(hash, how.algorithm) };
}

/** Reads the way of hashing: one word in the first form, two in the others. */
function hashingOf({ hashAlgo, method }: ShownFields): OutputHashing {
  if (method !== undefined) return pairHashing(method, hashAlgo);
  if (typeof hashAlgo === "string") return parseHashing(hashAlgo);
  throw derivationError("the hashAlgo of an output is not a text");
}

function wholeOf(path: JsonValue, storeDir: string): string {
  if (typeof path !== "string") throw derivationError("the path of an output is not a text");
  return path.startsWith("/") ? path : `${storeDir}/${path}`;
}

/** Encodes an output. @param nameOf writes a store path: whole, or its base name. */
export function encodeJsonOutput(
  output: DerivationOutput,
  version: ShowVersion,
  nameOf: (path: string) => string,
): ShownFields {
  switch (output.kind) {
    case "deferred":
      return {};
    case "input-addressed":
      return { path: nameOf(output.path) };
    case "fixed":
      if (version === 4) return { method: output.method, hash: formatSriHash(output) };
      return {
        ...encodeHashing(output, version),
        hash: output.hash,
        ...(version === 3 ? {} : { path: output.path }),
      };
    case "floating":
      return encodeHashing(output, version);
    case "impure":
      return { ...encodeHashing(output, version), impure: true };
  }
}

function encodeHashing(how: OutputHashing, version: ShowVersion): ShownFields {
  if (version === 1) return { hashAlgo: formatHashing(how) };
  return { method: how.method, hashAlgo: how.algorithm };
}
