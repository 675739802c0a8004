/** A derivation whose environment an image has, and what else there is to say of that. */
import type { Closure } from "../../nix/formats/path-info.ts";
import { type Derivation, outputPathOf } from "../../nix/derivation/derivation.ts";
import type { DerivationOptions } from "../../nix/derivation/attributes/options.ts";
import { computeScratchPath, placeholderOf } from "../../nix/derivation/paths.ts";
import { STORE_DIR } from "../../nix/formats/store-path.ts";

/** Options for the environment of a derivation. */
export interface ShellOptions {
  /** The Bash of the image: `/nix/store/…-bash-interactive-5.2/bin/bash`. */
  readonly shell: string;
  /** Folders of programs that come before those of the derivation: packages that are added. */
  readonly programs?: readonly string[];
  /** Folders that come last; where nothing reads the environment, they are all that is searched. */
  readonly lastPrograms?: readonly string[];
  /** `/build` when left out. */
  readonly home?: string;
  /** A bundle of certificates; without one, TLS fails as it does in a build. */
  readonly certificates?: string;
  /** The closure of its inputs, which some attributes ask for. */
  readonly closure?: Closure;
  /** A command that the image runs in an interactive shell, and then exits. */
  readonly command?: string;
  /** A command that the image runs in a shell that is not interactive. */
  readonly run?: string;
  /** `/nix/store` when left out. */
  readonly storeDir?: string;
}

/** A derivation with what is known of its build. */
export interface ShellDerivation {
  /** Its own store path. */
  readonly path: string;
  readonly derivation: Derivation;
  readonly build: DerivationOptions;
  /** The paths of its outputs: those that Nix builds them at, where they come from the content. */
  readonly outputs: ReadonlyMap<string, string>;
  /** The same by the texts that stand for them. */
  readonly placeholders: ReadonlyMap<string, string>;
  readonly storeDir: string;
}

/** Completes a derivation with the paths of its outputs. */
export function completeDerivation(
  path: string,
  derivation: Derivation,
  build: DerivationOptions,
  storeDir: string = STORE_DIR,
): ShellDerivation {
  const outputs = new Map(
    [...derivation.outputs].map(([name, output]) => [
      name,
      outputPathOf(output) ?? computeScratchPath(path, derivation, name, storeDir),
    ]),
  );
  const placeholders = new Map([...outputs].map(([name, at]) => [placeholderOf(name), at]));
  return { path, derivation, build, outputs, placeholders, storeDir };
}

/** Replaces the texts that stand for outputs by the outputs' paths, as a build does. */
export function replacePlaceholders(
  text: string,
  { placeholders }: Pick<ShellDerivation, "placeholders">,
): string {
  let replaced = text;
  for (const [placeholder, path] of placeholders) {
    replaced = replaced.replaceAll(placeholder, path);
  }
  return replaced;
}
