/** Reads from the store what the environment of a derivation is made of. */
import { resolve } from "node:path";
import process from "node:process";
import { useResources } from "../../base/dispose.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { openStore } from "../../nix/store/store.ts";
import { canEditLines, type FilePlaces, findCertificates, findShell } from "./find.ts";
import type { EnvironmentOptions } from "../image/image-options.ts";
import { readInputs, type ShellInputs } from "./inputs.ts";
import type { ShellOptions } from "../environment/options.ts";
import { findForeignSupport, type ForeignSupport } from "./foreign.ts";
import { findPrograms, type FoundPrograms } from "./programs.ts";

/** A derivation, its inputs, and what was found in them for its environment. */
export interface ReadEnvironment {
  readonly inputs: ShellInputs;
  readonly programs: FoundPrograms;
  readonly foreign: ForeignSupport;
  /** Tells whether the shell is one for people; those of builds edit no lines. */
  readonly canEdit: boolean;
  readonly options: ShellOptions;
  /** The place of files on disk. */
  readonly store: FilePlaces;
}

/**
 * Reads it. Throws as reading derivations and closures does.
 * @param file a `.drv` file, or what `nix derivation show` printed.
 * @throws NixociError `INCOMPLETE` when there is no Bash.
 */
export async function readEnvironment(
  file: string,
  { spec = {}, packages, shell: asked, home }: EnvironmentOptions,
  folder: string = process.cwd(),
): Promise<ReadEnvironment> {
  const root = resolve(folder, spec.store ?? "/");
  const descriptions = [spec.closure ?? []].flat().map((path) => resolve(folder, path));
  return await useResources(async (hold) => {
    const store = hold(await openStore({ root, descriptions }));
    const inputs = await readInputs(file, { packages, shell: asked }, store);
    const { closure, derivation } = inputs;
    const shell = inputs.shell ?? findShell(closure, store);
    if (shell === undefined) throw shelllessError(derivation.name);
    const programs = findPrograms(inputs, store);
    const canEdit = await canEditLines(store.realPath(shell)).catch((error) => {
      throw wrapError(error, `Cannot use the shell ${shell}`);
    });
    const options: ShellOptions = {
      shell,
      programs: inputs.packages.map((path) => `${path}/bin`),
      lastPrograms: [...programs.folders, "/bin"],
      closure,
      storeDir: store.storeDir,
      ...omitMissing({ home, certificates: findCertificates(closure, store) }),
    };
    const foreign = findForeignSupport(closure, derivation.system, store);
    return { inputs, programs, foreign, canEdit, options, store };
  });
}

function shelllessError(name: string): NixociError {
  const message = `Cannot use ${name}: there is no Bash in the closure of its inputs`;
  return new NixociError("INCOMPLETE", message, {
    hint: "name one: --shell $(nix-build '<nixpkgs>' -A bashInteractive --no-out-link)/bin/bash",
  });
}
