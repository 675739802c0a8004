/**
 * An image in a directory: its files alone, or as a bundle that runtimes start.
 * @module
 */
export type { Adaptations } from "./adapt.ts";
export type { LeftOut } from "./attributes.ts";
export { writeBundle } from "./bundle/mod.ts";
export { unpack } from "./unpack.ts";
export type { UnpackOptions, UnpackResult } from "./unpack.ts";
