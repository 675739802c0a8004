/**
 * Parses and formats hashes as Nix writes them: SRI (`sha256-…=`), `sha256:` with base 16, 32 or
 * 64, or bare.
 * @see https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-hash-convert
 */
import { Buffer } from "node:buffer";
import { algorithmOf, type Digest, encodedOf } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";
import { formatNix32, nix32LengthOf, parseNix32 } from "./nix32.ts";

/** A form of a hash; all but `sri` are without the algorithm's name. */
export type HashFormat = "sri" | "base16" | "nix32" | "base64";

type Algorithm = ReturnType<typeof algorithmOf>;

/** Sizes of hashes in bytes. */
const SIZES: Readonly<Record<Algorithm, number>> = { sha256: 32, sha512: 64 };

const HINT = "write sha256-… (base 64) as nix-prefetch-url and nix hash print it, " +
  "or sha256: and 64 digits of base 16, 52 of Nix's base 32 or 44 of base 64; sha512 works too";

/**
 * Parses a hash in any form that Nix takes: SRI, with an algorithm and a colon, or bare; the length
 * of a bare one tells the algorithm and the base.
 * @throws NixociError `MALFORMED` when it is not one, `UNSUPPORTED` for MD5, SHA-1 and BLAKE3.
 * @example
 * ```ts
 * import { parseHash } from "nixoci";
 *
 * const sri = parseHash("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
 * const base32 = parseHash("0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73");
 * console.log(sri === base32); // true
 * ```
 */
export function parseHash(text: string): Digest {
  const [, name, separator, rest] = /^(?:([0-9A-Za-z]*)([:-]))?([^]*)$/.exec(text)!;
  if (name === undefined) return encodeDigest(undefined, parseDigits(text, rest!, undefined));
  const algorithm = parseAlgorithm(text, name);
  if (separator === "-") return encodeDigest(algorithm, parseBase64(text, algorithm, rest!));
  return encodeDigest(algorithm, parseDigits(text, rest!, algorithm));
}

/**
 * Formats a hash in one of Nix's forms; `sri` is what Nix itself prints today.
 * @example
 * ```ts
 * import { digestOf, formatHash } from "nixoci";
 *
 * const digest = digestOf(new Uint8Array());
 * console.log(formatHash(digest, "sri")); // sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
 * ```
 */
export function formatHash(digest: Digest, format: HashFormat): string {
  const bytes = Buffer.from(encodedOf(digest), "hex");
  switch (format) {
    case "sri":
      return `${algorithmOf(digest)}-${bytes.toString("base64")}`;
    case "base16":
      return encodedOf(digest);
    case "nix32":
      return formatNix32(bytes);
    case "base64":
      return bytes.toString("base64");
  }
}

function encodeDigest(algorithm: Algorithm | undefined, bytes: Buffer): Digest {
  return `${algorithm ?? (bytes.length === SIZES.sha256 ? "sha256" : "sha512")}:${
    bytes.toString("hex")
  }`;
}

function parseAlgorithm(text: string, name: string): Algorithm {
  if (name === "sha256" || name === "sha512") return name;
  if (["md5", "sha1", "blake3"].includes(name)) {
    throw new NixociError(
      "UNSUPPORTED",
      `Cannot use the hash ${quoteHash(text)}: it is of ${name}`,
      {
        hint: "use sha256 or sha512, as images do",
      },
    );
  }
  throw malformedError(text, name === "" ? "no algorithm is named" : `${name} is not an algorithm`);
}

/** Parses digits of any of the three bases; without an algorithm, of either length. */
function parseDigits(text: string, encoded: string, algorithm: Algorithm | undefined): Buffer {
  const algorithms: Algorithm[] = algorithm === undefined ? ["sha256", "sha512"] : [algorithm];
  for (const each of algorithms) {
    const size = SIZES[each];
    if (encoded.length === size * 2) return parseBase16(text, encoded);
    if (encoded.length === nix32LengthOf(size)) return parseBase32(text, encoded);
    if (encoded.length === base64LengthOf(size)) return parseBase64(text, each, encoded);
  }
  const whose = algorithm === undefined ? "no hash has" : `${algorithm} does not have`;
  throw malformedError(text, `${whose} ${encoded.length} digits in any base`);
}

function parseBase16(text: string, encoded: string): Buffer {
  if (/^[0-9a-fA-F]+$/.test(encoded)) return Buffer.from(encoded, "hex");
  throw malformedError(text, "it is as long as base 16, but has other digits");
}

function parseBase32(text: string, encoded: string): Buffer {
  try {
    return parseNix32(encoded);
  } catch {
    throw malformedError(text, "it is as long as Nix's base 32, but has other digits");
  }
}

function parseBase64(text: string, algorithm: Algorithm, encoded: string): Buffer {
  const size = SIZES[algorithm];
  if (encoded.length !== base64LengthOf(size)) {
    const wanted = base64LengthOf(size);
    throw malformedError(
      text,
      `${algorithm} has ${wanted} digits in base 64, not ${encoded.length}`,
    );
  }
  const bytes = Buffer.from(encoded, "base64");
  // Node skips what is not a digit, and does not mind other letters where the last bits are unused.
  if (bytes.length === size && bytes.toString("base64") === encoded) return bytes;
  throw malformedError(text, "it is as long as base 64, but has other digits");
}

function base64LengthOf(size: number): number {
  return Math.ceil(size / 3) * 4;
}

function malformedError(text: string, why: string): NixociError {
  return new NixociError("MALFORMED", `${quoteHash(text)} is not a hash: ${why}`, { hint: HINT });
}

/** Quotes enough of a text to recognise it: it may be a whole file by mistake. */
function quoteHash(text: string): string {
  return JSON.stringify(text.length > 140 ? `${text.slice(0, 140)}…` : text);
}
