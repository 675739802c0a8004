/** The flags of `prefetch`. */
import { option, string } from "@oclif/core/flags";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { tmpdirFlag } from "../../kit/flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

/** The flags. */
export const prefetchFlags = {
  os: string({ summary: "Of an index, the image for this system", default: "linux" }),
  arch: string({
    summary: "Of an index, the image for this architecture, in Go's names",
    default: "amd64",
  }),
  variant: string({ summary: "Of an index, the image for this variant of it, such as v7" }),
  "image-name": string({ summary: "The same as NAME", helpValue: "name" }),
  "image-tag": string({ summary: "The image's tag", helpValue: "tag" }),
  "image-digest": string({
    summary: "The image's digest, or an index's; its tag is then not asked for",
    helpValue: "sha256:…",
  }),
  "final-image-name": string({
    summary: "What the pulled image is called; NAME by default",
    helpValue: "name",
  }),
  "final-image-tag": string({
    summary: "The tag that it has there; the image's, or latest",
    helpValue: "tag",
  }),
  for: option({ options: ["dockerTools", "nix2container"] as const })({
    summary: "Whose pullImage it is for",
    default: "dockerTools" as const,
  }),
  "hash-form": option({ options: ["hash", "sha256"] as const })({
    summary: "How the hash is written: hash = SRI, or sha256 = Nix's base 32, as older nixpkgs " +
      "print it; nix2container's attribute is always sha256",
    default: "hash" as const,
  }),
  tmpdir: tmpdirFlag,
  progress: defineProgressFlag(),
};

/** Their values. */
export type PrefetchFlags = FlagValues<typeof prefetchFlags> & GlobalFlags;
