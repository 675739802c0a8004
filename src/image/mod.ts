/** Images as values: descriptors, content, documents, references, platforms. */
export { imageOf, type ManifestExtras, rebuilt } from "./assemble.ts";
export type { Changes } from "./assemble.ts";
export { bytesOf, type Content, content, contentOf, type ContentOpener } from "./content.ts";
export type { Descriptor } from "./descriptor.ts";
export { inspect } from "./inspect.ts";
export type {
  ArtifactSummary,
  ImageSummary,
  IndexSummary,
  LayerSummary,
  Summary,
} from "./inspect.ts";
export { type FetchContent, rootOf } from "./load.ts";
export { type Format, MEDIA_TYPES } from "./media-types.ts";
export { formatPlatform, hostPlatform, parsePlatform, type Platform } from "./platform.ts";
export { familiarName, formatReference, type ImageReference, parseReference } from "./reference.ts";
export {
  artifactTypeOf,
  createReferrersIndex,
  fallbackTagOf,
  type ReferrerFields,
  referrerOf,
} from "./referrers.ts";
export type * from "./root.ts";
export { type Scratch, scratch, type ScratchFile } from "./scratch.ts";
