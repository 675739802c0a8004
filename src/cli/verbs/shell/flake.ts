/**
 * Parts of flakes that are named as DRV: `.#app`, `github:owner/name#app`, `.#` for the usual one.
 * @see https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-develop
 */
import { existsSync } from "node:fs";
import process from "node:process";

/** Flags of Nix for words about flakes. */
export const FLAKE_FLAGS = ["--extra-experimental-features", "nix-command flakes"];

/** The file that makes a folder a flake. */
export const FLAKE_FILE = "flake.nix";

/** Nix's names of processors, where Node has others. */
const PROCESSORS: Readonly<Record<string, string>> = {
  x64: "x86_64",
  arm64: "aarch64",
  arm: "armv7l",
  ia32: "i686",
};

/** Tells whether a word is a part of a flake, and not a file. */
export function isFlake(word: string): boolean {
  return word.includes("#") && !existsSync(word);
}

/**
 * Lists what a word may mean, in the order in which `nix develop` looks: a name is first one of
 * `devShells`, and none is the `default` there. What has a dot is a whole path.
 */
export function listFlakeParts(word: string, processor: string = process.arch): string[] {
  const at = word.indexOf("#");
  const name = word.slice(at + 1);
  if (/[."^]/.test(name)) return [word];
  // Containers run Linux, whatever this machine does.
  const system = `${PROCESSORS[processor] ?? processor}-linux`;
  return [`${word.slice(0, at)}#devShells.${system}.${name || "default"}`, word];
}

/** Tells whether Nix says no more than that the flake has no such part. */
export function isPartMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not provide attribute");
}

/** Writes a folder as the place of a flake: a bare name would be one of Nix's registry. */
export function formatFlakePlace(folder: string): string {
  if (folder === "") return ".";
  return /^(\/|\.{1,2}(\/|$))/.test(folder) ? folder : `./${folder}`;
}
