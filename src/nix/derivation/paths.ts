/**
 * Computes store paths that depend on content or on derivations.
 * @see https://nix.dev/manual/nix/latest/protocols/store-path
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { formatNix32 } from "../formats/nix32.ts";
import { STORE_DIR } from "../formats/store-path.ts";
import { formatDerivation } from "./aterm/format.ts";
import { compareBytes, type Derivation, type FixedOutput } from "./derivation.ts";
import { formatHashing } from "./hashes.ts";

/** A path's hash has 160 bits. */
const HASH_SIZE = 20;

/**
 * Makes a store path.
 * @param kind `source`, `output:out`, `text:…`: everything but the hash, the store and the name.
 * @param hash sha256 in base 16.
 */
export function makeStorePath(kind: string, hash: string, name: string, storeDir: string): string {
  const full = createHash("sha256").update(`${kind}:sha256:${hash}:${storeDir}:${name}`).digest();
  const folded = Buffer.alloc(HASH_SIZE);
  for (const [at, byte] of full.entries()) folded[at % HASH_SIZE]! ^= byte;
  return `${storeDir}/${formatNix32(folded)}-${name}`;
}

/** Returns the name in the path of an output: `hello-2.12`, `hello-2.12-dev`. */
export function outputNameOf(name: string, output: string): string {
  return output === "out" ? name : `${name}-${output}`;
}

/** Computes the path of an output whose content is known. */
export function computeFixedPath(
  output: Omit<FixedOutput, "kind" | "path">,
  name: string,
  storeDir: string,
): string {
  const { method, algorithm, hash } = output;
  if (method === "text") return makeStorePath("text", hash, name, storeDir);
  if (method === "nar" && algorithm === "sha256") {
    return makeStorePath("source", hash, name, storeDir);
  }
  const inner = sha256Of(`fixed:out:${formatHashing(output)}:${hash}:`);
  return makeStorePath("output:out", inner, name, storeDir);
}

/**
 * Computes the store path that a derivation has.
 * @example
 * ```ts
 * import { computeDerivationPath } from "nixoci";
 *
 * const empty = { outputs: new Map(), inputDrvs: new Map(), inputSrcs: [], args: [], env: new Map() };
 * const derivation = { name: "a", system: "x86_64-linux", builder: "/bin/sh", ...empty };
 * console.log(computeDerivationPath(derivation).slice(43)); // -a.drv
 * ```
 */
export function computeDerivationPath(derivation: Derivation, storeDir = STORE_DIR): string {
  const { inputDrvs, inputSrcs, name } = derivation;
  const references = [...inputDrvs.keys(), ...inputSrcs].sort(compareBytes);
  const kind = ["text", ...new Set(references)].join(":");
  return makeStorePath(kind, sha256Of(formatDerivation(derivation)), `${name}.drv`, storeDir);
}

/** Returns the text that stands for the path of an output until that is known. */
export function placeholderOf(output: string): string {
  const hash = createHash("sha256").update(`nix-output:${output}`).digest();
  return `/${formatNix32(hash)}`;
}

/**
 * Computes the path that Nix builds an output at whose path is not known before its content: one in
 * the store, which nothing else has.
 */
export function computeScratchPath(
  derivationPath: string,
  { name }: Derivation,
  output: string,
  storeDir: string,
): string {
  const kind = `rewrite:${derivationPath}:name:${output}`;
  return makeStorePath(kind, "0".repeat(64), outputNameOf(name, output), storeDir);
}

/** Returns the sha256 of a text, in base 16. */
export function sha256Of(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}
