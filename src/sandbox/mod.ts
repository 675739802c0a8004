/**
 * Commands that run on images, and the layers that they make.
 * @module
 */
export { SCRIPT_PATH } from "./command.ts";
export type {
  SandboxCommand,
  SandboxLimits,
  SandboxOptions,
  SandboxResult,
  SharedFolder,
} from "./command.ts";
export { clearTrees, readTreesUse, type TreesUse } from "./tree/trees.ts";
export { runOnLayers } from "./run.ts";
export { type ImageCommand, runOnImage } from "./step.ts";
