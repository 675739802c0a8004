/**
 * Makes the variables of a shell image, as nix-shell has them, in the places that dockerTools gives
 * them.
 * @see https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-streamNixShellImage
 */
import { dirname } from "node:path";
import { STRUCTURED } from "../../nix/derivation/derivation.ts";
import type { AttributeFiles } from "./attribute-files.ts";
import type { ShellDerivation, ShellOptions } from "./options.ts";
import { BUILD_FOLDER, PROGRAMS_FOLDER } from "./places.ts";

/** The file that nixpkgs' builders name so that nothing is trusted. */
const NO_CERTIFICATES = "/no-cert-file.crt";

/** Makes the variables that a container starts with, in the order of their names. */
export function makeEnvironment(
  shell: ShellDerivation,
  { variables }: AttributeFiles,
  options: ShellOptions,
): Map<string, string> {
  const { certificates = NO_CERTIFICATES, home = BUILD_FOLDER } = options;
  return sortVariables([
    ["SSL_CERT_FILE", certificates],
    ["NIX_SSL_CERT_FILE", certificates],
    ["PATH", searchPathOf(options)],
    ["HOME", home],
    ["NIX_STORE", shell.storeDir],
    ["NIX_BUILD_CORES", "1"],
    ["IN_NIX_SHELL", "pure"],
    ...attributesOf(shell),
    ...shell.outputs,
    ...placesOf(variables),
    ...buildFoldersOf(),
  ]);
}

/** Makes the variables that a build starts with, which has nothing of the container's own. */
export function makeBuildEnvironment(
  shell: ShellDerivation,
  { variables }: AttributeFiles,
): Map<string, string> {
  const isFixed = [...shell.derivation.outputs.values()].some(({ kind }) => kind === "fixed");
  return sortVariables([
    ["PATH", "/path-not-set"],
    ["HOME", "/homeless-shelter"],
    ["NIX_STORE", shell.storeDir],
    // With structured attributes even the outputs are in the files alone.
    ...(shell.build.structured === undefined ? [...attributesOf(shell), ...shell.outputs] : []),
    ...placesOf(variables),
    ...buildFoldersOf(),
    ...(isFixed ? [["NIX_OUTPUT_CHECKED", "1"] as const] : []),
    ["NIX_LOG_FD", "2"],
  ]);
}

/** Returns the folders that a shell searches before those of the derivation. */
export function firstFoldersOf({ shell, programs = [] }: ShellOptions): string[] {
  return [...new Set([dirname(shell), PROGRAMS_FOLDER, ...programs])];
}

/** Returns the folders that are searched where nothing has read the derivation's environment. */
function searchPathOf(options: ShellOptions): string {
  return [...new Set([...firstFoldersOf(options), ...options.lastPrograms ?? []])].join(":");
}

/** Returns the attributes that are variables; what becomes a file is not among them. */
function attributesOf({ derivation, build }: ShellDerivation): (readonly [string, string])[] {
  const inFiles = new Set([STRUCTURED, ...build.passAsFile]);
  return [...derivation.env].filter(([name]) => !inFiles.has(name));
}

function placesOf(files: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...files].map(([name, file]) => [name, `${BUILD_FOLDER}/${file}`]);
}

function buildFoldersOf(): (readonly [string, string])[] {
  const names = ["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"];
  return [...names.map((name) => [name, BUILD_FOLDER] as const), ["TERM", "xterm-256color"]];
}

/** Sorts variables by their names; of those with the same, the last one counts. */
function sortVariables(variables: readonly (readonly [string, string])[]): Map<string, string> {
  return new Map([...new Map(variables)].sort(([a], [b]) => a < b ? -1 : 1));
}
