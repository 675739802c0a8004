/** The ways of hashing that outputs have, and the words for them. */
import { Buffer } from "node:buffer";
import { derivationError, type HashMethod } from "./derivation.ts";

/** Words that stand before the algorithm in `.drv` files. */
const PREFIXES: Readonly<Record<HashMethod, string>> = {
  flat: "",
  nar: "r:",
  text: "text:",
  git: "git:",
};

/** The lengths of hashes in base 16. */
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ["md5", 32],
  ["sha1", 40],
  ["sha256", 64],
  ["sha512", 128],
  ["blake3", 64],
]);

/** A way to hash the content of an output, and the algorithm. */
export interface OutputHashing {
  readonly method: HashMethod;
  readonly algorithm: string;
}

/** Formats a way of hashing in one word: `r:sha256`. */
export function formatHashing({ method, algorithm }: OutputHashing): string {
  return PREFIXES[method] + algorithm;
}

/** Parses `sha256`, `r:sha256` and their like. @throws NixociError `MALFORMED`. */
export function parseHashing(text: string): OutputHashing {
  const [, prefix = "", algorithm = ""] = /^([a-z]+:)?([^]*)$/.exec(text)!;
  const method = METHODS.find((one) => PREFIXES[one] === prefix);
  if (method === undefined) throw derivationError("an output is hashed in a way that is not known");
  return { method, algorithm: checkAlgorithm(algorithm) };
}

/** Parses a method and an algorithm that stand alone. @throws NixociError `MALFORMED`. */
export function pairHashing(method: unknown, algorithm: unknown): OutputHashing {
  const known = METHODS.find((one) => one === method);
  if (known === undefined) throw derivationError("an output is hashed in a way that is not known");
  return { method: known, algorithm: checkAlgorithm(algorithm) };
}

/** Returns a hash in base 16. @throws NixociError `MALFORMED` when it is not one. */
export function checkHash(hash: unknown, algorithm: string): string {
  const isHash = typeof hash === "string" && /^[0-9a-f]*$/.test(hash);
  if (isHash && hash.length === LENGTHS.get(algorithm)) return hash;
  throw derivationError(`the hash of an output is not one of ${algorithm} in base 16`);
}

/** Parses `sha256-…`, the form of the latest versions. @throws NixociError `MALFORMED`. */
export function parseSriHash(text: unknown): { algorithm: string; hash: string } {
  const [, name, digits] = typeof text === "string" ? /^([a-z0-9]+)-(.*)$/s.exec(text) ?? [] : [];
  const algorithm = checkAlgorithm(name);
  return {
    algorithm,
    hash: checkHash(Buffer.from(digits ?? "", "base64").toString("hex"), algorithm),
  };
}

/** Formats a hash in base 16 as `sha256-…`. */
export function formatSriHash({ algorithm, hash }: { algorithm: string; hash: string }): string {
  return `${algorithm}-${Buffer.from(hash, "hex").toString("base64")}`;
}

const METHODS: readonly HashMethod[] = ["flat", "nar", "text", "git"];

function checkAlgorithm(algorithm: unknown): string {
  if (typeof algorithm === "string" && LENGTHS.has(algorithm)) return algorithm;
  throw derivationError("an output is hashed with an algorithm that is not known");
}
