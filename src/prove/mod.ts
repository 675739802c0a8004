/**
 * Proving that images are made here: layers made again and compared, nothing written.
 * @module
 */
export { type ImageProof, type ProveOptions, proveOrigin } from "./image.ts";
export type { LayerDifference, LayerProof, Smell } from "./layer.ts";
export type { MemberDifference } from "./members.ts";
