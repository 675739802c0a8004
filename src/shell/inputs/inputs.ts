/** Reads a derivation with all that it is built from: what a shell image has in its store. */
import { NixociError } from "../../base/errors.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import { storePathOf } from "../../nix/formats/store-path.ts";
import type { Derivation } from "../../nix/derivation/derivation.ts";
import { checkRealised, listInputs } from "../../nix/derivation/inputs.ts";
import { readDerivation } from "../../nix/derivation/read.ts";
import { readClosure, resolveStorePath } from "../../nix/store/closure.ts";
import type { NixStore } from "../../nix/store/store.ts";

/** Paths that are asked for beside a derivation's own. */
export interface InputsOptions {
  /** Packages that the derivation does not name. */
  readonly packages?: readonly string[] | undefined;
  /** The Bash, or the store path that has it in `bin`. */
  readonly shell?: string | undefined;
}

/** A derivation and its inputs. */
export interface ShellInputs {
  /** The derivation's own store path. */
  readonly path: string;
  readonly derivation: Derivation;
  /** The store paths that it names, and after them those of packages. */
  readonly inputs: readonly string[];
  /** The packages' own store paths. */
  readonly packages: readonly string[];
  /** The Bash that is asked for. */
  readonly shell: string | undefined;
  /** All of these: what an image has to have, with what they need themselves. */
  readonly roots: readonly string[];
  readonly closure: Closure;
}

/**
 * Reads them.
 * @param file a `.drv` file, also with outputs behind it (`….drv!dev`), or what
 * `nix derivation show` printed.
 * @throws NixociError `NOT_FOUND`, `INCOMPLETE` for inputs that are not built, and what reading
 * derivations throws.
 */
export async function readInputs(
  file: string,
  { packages = [], shell }: InputsOptions,
  store: NixStore,
): Promise<ShellInputs> {
  const { path, derivation, lookUp } = await readDerivation(dropOutputs(file), store);
  const named = await listInputs(derivation, lookUp);
  await checkRealised(named, derivation.name, store);
  const added = await Promise.all(packages.map((one) => resolvePackage(one, store)));
  const inputs = [...new Set([...named.map((input) => input.path), ...added])];
  const bash = shell === undefined ? undefined : await locateShell(shell, store);
  const roots = bash === undefined ? inputs : [...inputs, storePathOf(bash, store.storeDir)];
  const closure = await readClosure(roots, store);
  return { path, derivation, inputs, packages: added, shell: bash, roots, closure };
}

/** Returns the file's name without what Nix writes behind it: outputs. */
function dropOutputs(file: string): string {
  return file.replace(/\.drv[!^][\w,*-]+$/, ".drv");
}

/** Returns a package's path. @throws NixociError `USAGE` for a derivation, which has no programs. */
async function resolvePackage(one: string, store: NixStore): Promise<string> {
  const path = await resolveStorePath(one, store);
  if (!path.endsWith(".drv")) return path;
  throw new NixociError(
    "USAGE",
    `Cannot include ${path}: it is not a package, but its derivation`,
    {
      hint: `name what it builds: nix-store --realise ${path}`,
    },
  );
}

/** Returns the program: what is named, or the Bash in the store path that is. */
async function locateShell(shell: string, store: NixStore): Promise<string> {
  const path = await resolveStorePath(shell, store);
  const isInStore = shell.startsWith(`${store.storeDir}/`);
  return isInStore && shell.length > path.length ? shell : `${path}/bin/bash`;
}
