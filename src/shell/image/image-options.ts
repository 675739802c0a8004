/** Options for shell images. */
import type { BuildOptions } from "../../compose/build.ts";
import type { Spec } from "../../compose/spec/spec.ts";

/** Fields of a SPEC that mean the same for a shell image. */
export type ShellSpec = Pick<
  Spec,
  | "name"
  | "tag"
  | "created"
  | "store"
  | "closure"
  | "maxLayers"
  | "layering"
  | "compressor"
  | "annotations"
  | "includeNixDB"
>;

/** Whatever says which environment it is; `undefined` is as good as nothing. */
export interface EnvironmentOptions {
  /** The place of the store (`store`), and what describes it where it has no database (`closure`). */
  readonly spec?: ShellSpec | undefined;
  /** Store paths that the derivation does not name; their `bin` is searched first. */
  readonly packages?: readonly string[] | undefined;
  /** The Bash, or the store path that has it in `bin`; by default one of the closure. */
  readonly shell?: string | undefined;
  /** The user's home in the image, `/build` by default. */
  readonly home?: string | undefined;
}

/** Options for a shell image. */
export interface ShellImageOptions
  extends
    EnvironmentOptions,
    Pick<BuildOptions, "folder" | "known" | "into" | "onNotice" | "signal"> {
  /** The user that runs and builds: 1000 by default. */
  readonly uid?: number | undefined;
  /** The group, 1000 by default. */
  readonly gid?: number | undefined;
  /** A command that an interactive shell runs first; then it exits, unless the command says otherwise. */
  readonly command?: string | undefined;
  /** A command that a shell which is not interactive runs. */
  readonly run?: string | undefined;
  /** Labels of the image, by name. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Tells whether people develop in it: whatever editors lack there is told. */
  readonly isForEditors?: boolean | undefined;
  /** Tells whether the largest inputs are told. */
  readonly tellsSizes?: boolean | undefined;
  /** The store path of a Nix that works in the image, without a daemon, for the image's user. */
  readonly nix?: string | undefined;
}
