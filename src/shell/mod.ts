/**
 * The environment of a derivation, as nix-shell has it: in an image, or for a shell that is there.
 * @module
 */
export { buildShell } from "./image/build.ts";
export { describeShell, type ShellDescription } from "./describe.ts";
export type { EnvironmentOptions, ShellImageOptions, ShellSpec } from "./image/image-options.ts";
