/** The scripts of a SPEC that change the customisation layer: what each of them sees and may do. */
import type { ScriptPowers } from "../commands/command.ts";
import type { NamedPath } from "../parts.ts";

/** The fields that have a script. */
export type ScriptField = "runAsRoot" | "extraCommands" | "image.run" | "fakeRootCommands";

/** A script, and how it sees the layer that it works on. */
export interface LayerScript {
  readonly field: ScriptField;
  /** The text as the SPEC has it: bash, with no line before it. */
  readonly text: string;
  /** The layer is the root of what it sees; otherwise a folder, in which it begins. */
  readonly isRoot: boolean;
  /** The files of the base image lie below the layer. */
  readonly seesBase: boolean;
  /** Files belong to whom the script gives them; otherwise to whom the SPEC does. */
  readonly ownsFiles: boolean;
}

/** The settings that all scripts of a SPEC have in common. */
export interface ScriptSettings extends ScriptPowers {
  /** Store paths whose programs they find, the first ones first. */
  readonly tools: readonly NamedPath[];
}

/** The folder that the layer is in where it is not the root. */
const LAYER_FOLDER = "/layer";

/** The folder of Nix's builds, for temporary files. */
export const BUILD_FOLDER = "/build";

/** Returns the folder in which a script finds the layer, and in which it begins. */
export function folderOf({ isRoot }: LayerScript): string {
  return isRoot ? "/" : LAYER_FOLDER;
}

/**
 * Returns the folders that are there for the script alone. `/tmp` of a whole root is that of the image:
 * a script may be what makes it.
 */
export function roomsOf({ isRoot, seesBase }: LayerScript): string[] {
  if (seesBase) return [];
  return isRoot ? [BUILD_FOLDER] : [BUILD_FOLDER, "/tmp"];
}

/** The time of files in nixpkgs' builds: 1980 began then. */
export const SOURCE_DATE_EPOCH = 315_532_800;

/**
 * Returns a script's variables: as in Nix's builds where it runs in one, and none of Nix's where
 * dockerTools starts a root of its own. `out` is the layer.
 */
export function environmentOf(
  script: LayerScript,
  { path, storeDir }: { readonly path: readonly string[]; readonly storeDir: string },
): string[] {
  const folders = script.seesBase
    ? []
    : ["HOME", "NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP"].map((name) =>
      `${name}=${BUILD_FOLDER}`
    );
  return [
    `PATH=${path.join(":")}`,
    ...folders,
    `NIX_STORE=${storeDir}`,
    `SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}`,
    `out=${folderOf(script)}`,
  ];
}
