/** The flags of `pull`. */
import { file, string } from "@oclif/core/flags";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { jobsFlag, tmpdirFlag } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

/** The flags. */
export const pullFlags = {
  digest: string({
    summary: "The digest of the image, or of an index that has it",
    helpValue: "sha256:…",
  }),
  output: file({
    char: "o",
    summary: "Write the archive to this file; - is standard output",
    helpValue: "file",
  }),
  to: string({
    summary: "Put the image there instead, as scheme:location",
    helpValue: "destination",
    exclusive: ["output", "hash", "final-image-name", "final-image-tag"],
  }),
  os: string({ summary: "Of an index, the image for this system", default: "linux" }),
  arch: string({
    summary: "Of an index, the image for this architecture, in Go's names; the host's by default",
  }),
  variant: string({ summary: "Of an index, the image for this variant of it, such as v7" }),
  "final-image-name": string({
    summary: "What the archive calls the image; NAME by default",
    helpValue: "name",
  }),
  "final-image-tag": string({
    summary: "The tag that it has there; NAME's, or latest",
    helpValue: "tag",
  }),
  hash: string({
    summary: "Fail unless the file has this SHA-256 (or 512): SRI, base 16 or Nix's base 32",
    helpValue: "hash",
  }),
  jobs: jobsFlag,
  tmpdir: tmpdirFlag,
  progress: defineProgressFlag(),
};

/** Their values. */
export type PullFlags = FlagValues<typeof pullFlags> & GlobalFlags;
