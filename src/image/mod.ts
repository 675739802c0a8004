/**
 * Images as values: descriptors, content, documents, references, platforms.
 * @module
 */
export { createImage, type ManifestExtras, rebuildImage } from "./documents/assemble.ts";
export type { ImageChanges } from "./documents/assemble.ts";
export { type Content, content, contentOf, type ContentOpener, readContent } from "./content.ts";
export type { Descriptor } from "./descriptor.ts";
export { inspect } from "./documents/inspect.ts";
export type {
  ArtifactSummary,
  ImageSummary,
  IndexSummary,
  LayerSummary,
  Summary,
} from "./documents/inspect.ts";
export { type FetchContent, readRoot } from "./documents/load.ts";
export { type Format, MEDIA_TYPES } from "./media-types.ts";
export { findHostPlatform, formatPlatform, parsePlatform, type Platform } from "./platform.ts";
export type { Policy, Requirement } from "./policy/policy.ts";
export type { SignedIdentity, SigstoreRequirement } from "./policy/signed.ts";
export {
  formatFamiliarName,
  formatReference,
  type ImageReference,
  parseReference,
} from "./reference.ts";
export {
  artifactTypeOf,
  createReferrersIndex,
  fallbackTagOf,
  type ReferrerFields,
  referrerOf,
} from "./referrers.ts";
export type * from "./disk/proved-files.ts";
export type * from "./root.ts";
export { createScratch, type Scratch, type ScratchFile } from "./disk/scratch.ts";
export type * from "./sink.ts";
export type * from "./source.ts";
export type * from "./step.ts";
export type * from "./transport.ts";
