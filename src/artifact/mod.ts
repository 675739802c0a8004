/**
 * Artifacts: files in a registry or layout that are not images, alone or attached to one.
 * @module
 */
export { type ArtifactFields, createArtifact } from "./create.ts";
export { type ArtifactFile, openArtifactFile } from "./open-file.ts";
export { writeArtifactFiles } from "./write-files.ts";
