/**
 * Derivations, Nix's descriptions of builds, as values. Their texts are bytes: those that are not
 * UTF-8 are in strings as `decodeName` puts them there.
 * @see https://nix.dev/manual/nix/latest/store/derivation/
 */
import { Buffer } from "node:buffer";
import { NixociError } from "../../base/errors.ts";
import { encodeName } from "../../tar/name.ts";

/** A derivation. */
export interface Derivation {
  /** Its name, without the hash and `.drv`: `hello-2.12`. */
  readonly name: string;
  /** Its outputs by their names: `out`, `dev`. */
  readonly outputs: ReadonlyMap<string, DerivationOutput>;
  /** The derivations that it needs, by their store paths, and which of their outputs. */
  readonly inputDrvs: ReadonlyMap<string, readonly string[]>;
  /** The store paths that it needs and that no derivation makes. */
  readonly inputSrcs: readonly string[];
  /** The platform that it is built on: `x86_64-linux`. */
  readonly system: string;
  /** The program that builds it: a path, or `builtin:` and a name. */
  readonly builder: string;
  readonly args: readonly string[];
  /** Its variables; attributes that are structured are JSON, in `__json`. */
  readonly env: ReadonlyMap<string, string>;
}

/** An output of a derivation, with what is known of it before it is built. */
export type DerivationOutput =
  | InputAddressedOutput
  | FixedOutput
  | FloatingOutput
  | ImpureOutput
  | DeferredOutput;

/** An output whose path depends on all that it is made from. */
export interface InputAddressedOutput {
  readonly kind: "input-addressed";
  readonly path: string;
}

/** A way to hash the content of an output: a file, a NAR, a text with references, a tree of Git. */
export type HashMethod = "flat" | "nar" | "text" | "git";

/** An output whose content is known. */
export interface FixedOutput {
  readonly kind: "fixed";
  readonly path: string;
  readonly method: HashMethod;
  /** `sha256`, and others that Nix knows. */
  readonly algorithm: string;
  /** In base 16. */
  readonly hash: string;
}

/** An output whose path depends on its content, which the build shows. */
export interface FloatingOutput {
  readonly kind: "floating";
  readonly method: HashMethod;
  readonly algorithm: string;
}

/** A floating output that may differ from build to build. */
export interface ImpureOutput {
  readonly kind: "impure";
  readonly method: HashMethod;
  readonly algorithm: string;
}

/** An output whose path is known when its inputs are built. */
export interface DeferredOutput {
  readonly kind: "deferred";
}

/** The variable that holds structured attributes. */
export const STRUCTURED = "__json";

/** Returns the path of an output, as far as it is known before the build. */
export function outputPathOf(output: DerivationOutput): string | undefined {
  return "path" in output ? output.path : undefined;
}

/** Compares two texts as Nix orders them: by their bytes. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(encodeName(a), encodeName(b));
}

/** Returns the error for what is not a derivation. */
export function derivationError(why: string): NixociError {
  return new NixociError("MALFORMED", why, {
    hint: "name a .drv file, as nix-instantiate prints it, or what nix derivation show prints",
  });
}

/** Returns the error for a derivation that needs an output of one which is itself built. */
export function dynamicError(input: string): NixociError {
  return new NixociError(
    "UNSUPPORTED",
    `it is a dynamic derivation: an input comes from a derivation that ${input} makes`,
    { hint: "build that one first, and use the derivation that it makes" },
  );
}
