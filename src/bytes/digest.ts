/**
 * Digests as the OCI image specification writes them: `algorithm ":" encoded`.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
 */
import { createHash, type Hash } from "node:crypto";
import { NixociError } from "../base/errors.ts";

/** A digest: `sha256:` and 64 lower-case hex digits, or `sha512:` and 128. */
export type Digest = `${"sha256" | "sha512"}:${string}`;

const GRAMMAR = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Tells whether the text is a digest that can be verified: known algorithm, exact length, lower case.
 * @example
 * ```ts
 * import { isDigest } from "nixoci";
 * console.log(isDigest("sha256:abc")); // false
 * ```
 */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && GRAMMAR.test(text);
}

/**
 * Parses a digest.
 * @throws NixociError `MALFORMED` when it is not one.
 * @example
 * ```ts
 * import { parseDigest } from "nixoci";
 * const digest = parseDigest("sha256:" + "0".repeat(64));
 * console.log(digest.length); // 71
 * ```
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new NixociError("MALFORMED", `${JSON.stringify(text)} is not a digest`, {
    hint: "a digest is sha256: and 64 hex digits, or sha512: and 128, in lower case",
  });
}

/**
 * Returns the sha256 digest of bytes in memory.
 * @example
 * ```ts
 * import { digestOf } from "nixoci";
 * console.log(digestOf(Buffer.from("hi")).slice(0, 15)); // sha256:8f434346
 * ```
 */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Returns the digest's algorithm. */
export function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha256:") ? "sha256" : "sha512";
}

/** Returns the hex digits, which are after the colon. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A hash that takes bytes until `digest()` ends it. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Digest;
  /** Makes another one that has taken the same bytes. */
  copy(): Hasher;
}

/** Makes a hasher of the algorithm given. */
export function createHasher(algorithm: "sha256" | "sha512" = "sha256"): Hasher {
  return wrapHash(createHash(algorithm), algorithm);
}

function wrapHash(hash: Hash, algorithm: "sha256" | "sha512"): Hasher {
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hash.digest("hex")}`,
    copy: () => wrapHash(hash.copy(), algorithm),
  };
}
