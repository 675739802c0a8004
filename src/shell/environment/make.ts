/**
 * Shell images: the environment of a derivation, as nix-shell has it, in a container. Everything
 * here is computed; nothing is run, and nothing is read but what is given.
 */
import { NixociError } from "../../base/errors.ts";
import type { Notice } from "../../base/notices.ts";
import { readDerivationOptions } from "../../nix/derivation/attributes/options.ts";
import type { Derivation } from "../../nix/derivation/derivation.ts";
import type { MadeFile } from "../../recipe/made/made.ts";
import { encodeName } from "../../tar/name.ts";
import { type AttributeFiles, makeAttributeFiles } from "./attribute-files.ts";
import { formatBuildProgram } from "./build-program.ts";
import {
  checkArguments,
  checkBuilder,
  checkVariables,
  listShellNotices,
  listSizeNotices,
} from "./checks.ts";
import { makeBuildEnvironment, makeEnvironment } from "./variables.ts";
import { completeDerivation, type ShellDerivation, type ShellOptions } from "./options.ts";
import {
  BUILD_FOLDER,
  BUILD_PROGRAM,
  ENTER_PROGRAM,
  ENVIRONMENT_FILE,
  PROFILE_FILES,
  RC_FILE,
} from "./places.ts";
import { encodeEnvironment, formatEnvironmentScript } from "./print-environment.ts";
import { formatEnterProgram, formatEnvironmentFile, formatProfile, formatRc } from "./rc.ts";

/** All that an image has for the environment of a derivation, beside its closure. */
export interface Shell {
  /** The variables that a container starts with, in the order of their names. */
  readonly environment: ReadonlyMap<string, string>;
  /** The command of the image. */
  readonly command: readonly string[];
  /** Files: the environment, programs, and what attributes ask for in the build's folder. */
  readonly files: readonly MadeFile[];
  /** The paths of the outputs. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Whatever is not as Nix has it. */
  readonly notices: readonly Notice[];
}

/**
 * Makes the environment of a derivation.
 * @param path the derivation's own store path.
 * @throws NixociError `USAGE` for two commands, `LIMIT` and `UNSUPPORTED` for variables that a
 * container cannot start with, `INCOMPLETE` when the closure lacks what the derivation names.
 */
export function makeShell(path: string, derivation: Derivation, options: ShellOptions): Shell {
  const message = "Cannot run two commands, one in an interactive shell and one in another";
  if (options.command !== undefined && options.run !== undefined) {
    throw new NixociError("USAGE", message, { hint: "give either --command or --run" });
  }
  const { shell, attributes, environment } = makeParts(path, derivation, options);
  checkVariables(environment, derivation.name);
  checkArguments(shell);
  checkBuilder(shell, options);
  return {
    environment,
    command: options.run === undefined
      ? [options.shell, "--rcfile", RC_FILE]
      : [options.shell, RC_FILE],
    files: makeFiles(shell, attributes, options),
    outputs: shell.outputs,
    notices: [
      ...listShellNotices(shell, options),
      ...listSizeNotices(environment, derivation.name),
    ],
  };
}

/**
 * Describes the environment of a derivation for a shell outside of images, as `nix print-dev-env`
 * does: as a script for Bash, and as JSON.
 * @param path the derivation's own store path.
 * @throws NixociError as {@link makeShell} does.
 */
export function describeEnvironment(
  path: string,
  derivation: Derivation,
  options: ShellOptions,
): { readonly script: Uint8Array; readonly json: Readonly<Record<string, unknown>> } {
  const { shell, attributes, environment } = makeParts(path, derivation, options);
  return {
    script: formatEnvironmentScript(shell, attributes, environment),
    json: encodeEnvironment(attributes, environment),
  };
}

function makeParts(path: string, derivation: Derivation, options: ShellOptions) {
  const build = readDerivationOptions(derivation);
  const shell = completeDerivation(path, derivation, build, options.storeDir);
  const attributes = makeAttributeFiles(shell, options.closure);
  return { shell, attributes, environment: makeEnvironment(shell, attributes, options) };
}

function makeFiles(
  shell: ShellDerivation,
  attributes: AttributeFiles,
  options: ShellOptions,
): MadeFile[] {
  const build = formatBuildProgram(shell, makeBuildEnvironment(shell, attributes), options);
  return [
    ...PROFILE_FILES.map((path) => makeFile(path, formatProfile())),
    makeFile(ENVIRONMENT_FILE, formatEnvironmentFile(options)),
    makeFile(RC_FILE, formatRc(options)),
    { ...makeFile(ENTER_PROGRAM, formatEnterProgram(options)), mode: 0o755 },
    { ...makeFile(BUILD_PROGRAM, encodeName(build)), mode: 0o755 },
    ...[...attributes.files].map(([name, content]) => makeFile(`${BUILD_FOLDER}/${name}`, content)),
  ];
}

function makeFile(path: string, content: string | Uint8Array): MadeFile {
  return { type: "file", path, content };
}
