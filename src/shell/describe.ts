/** Describes the environment of a derivation, for shells outside of images. */
import type { EnvironmentOptions } from "./image/image-options.ts";
import { describeEnvironment } from "./environment/make.ts";
import { readEnvironment } from "./inputs/read-environment.ts";

/** An environment as `nix print-dev-env` prints it. */
export interface ShellDescription {
  /** For a Bash to read: variables, the builder's setup, and `shellHook` last. */
  readonly script: Uint8Array;
  /** Its variables and functions, before any setup has run. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * Describes the environment of a derivation.
 * @param file a `.drv` file, or what `nix derivation show` printed.
 * @throws NixociError `NOT_FOUND`, `MALFORMED`, `UNSUPPORTED` of the derivation, `INCOMPLETE` for
 * inputs that are not in the store.
 * @example
 * ```ts
 * import { describeShell } from "nixoci";
 * const spec = { store: "root", closure: "closure.json" };
 * const { json } = await describeShell("hello.drv", { spec });
 * console.log(Object.keys(json).join(" ")); // variables bashFunctions
 * ```
 */
export async function describeShell(
  file: string,
  options: EnvironmentOptions = {},
): Promise<ShellDescription> {
  const { inputs: { path, derivation }, options: shell } = await readEnvironment(file, options);
  return describeEnvironment(path, derivation, shell);
}
