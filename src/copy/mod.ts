/**
 * Copying images from a source to a sink: the engine that every verb which stores images uses.
 * @module
 */
export type { Arrival, Totals } from "./arrivals.ts";
export {
  type CopiedCompanion,
  type CopiedImage,
  copy,
  type CopyOptions,
  type CopyResult,
} from "./copy.ts";
export { type MergeMember, mergeSources } from "./merge.ts";
export type { CopyChoice } from "./options.ts";
export type { BlobKind, CopyEvent, PlannedBlob } from "./events.ts";
export { putArtifact, type PutArtifactOptions } from "./put-artifact.ts";
export {
  putSignatures,
  type PutSignaturesOptions,
  type SignaturesPlace,
  type SignedSubject,
} from "./put-signatures.ts";
