/** The flags of `copy`, and those of them that `build` has as well. */
import { boolean, file, integer, option, string } from "@oclif/core/flags";
import type { FlagValues } from "../kit/command.ts";
import {
  defineAllFlag,
  definePlatformFlag,
  jobsFlag,
  REPEATABLE,
  tmpdirFlag,
} from "../kit/flags.ts";
import { defineProgressFlag } from "../progress/flag.ts";

/** The flags that say how an image is to arrive. */
export const deliveryFlags = {
  format: option({ options: ["oci", "docker"] as const })({
    summary: "Write manifests in this format",
  }),
  compress: option({ options: ["keep", "none", "gzip", "gzip-portable", "zstd"] as const })({
    summary:
      "Recompress layers; gzip has the same bytes everywhere (gzip-portable is the same), keep " +
      "leaves them as they are, in a docker-archive, too",
  }),
  "compress-level": integer({
    summary: "How hard to compress: gzip 1 to 9, zstd 1 to 19",
    helpValue: "n",
    dependsOn: ["compress"],
    min: 1,
    max: 19,
  }),
  "dest-tag": string({
    ...REPEATABLE,
    summary: "One more name at the destination",
    helpValue: "name",
    aliases: ["additional-tag"],
  }),
  jobs: jobsFlag,
  "dry-run": boolean<boolean>({ summary: "Print what would move, and move nothing" }),
  "digest-file": file({
    summary: "Write the digest to this file too",
    helpValue: "file",
    aliases: ["digestfile"],
  }),
  tmpdir: tmpdirFlag,
  progress: defineProgressFlag(),
};

/** The flags that say which images are meant, where a source has several. */
const selectionFlags = {
  all: defineAllFlag("Take the whole index, and every image of an archive or layout"),
  scoped: boolean<boolean>({
    summary: "With --all, to a registry: each image into a repository of its own name, below the " +
      "destination's",
    dependsOn: ["all"],
  }),
  platform: definePlatformFlag(),
  digest: string({
    summary: "Copy only what has this digest at the source; of an index, the image for " +
      "--platform is taken after that, or with --all the index itself",
    helpValue: "sha256:…",
  }),
};

/** The flags that say who has to have signed an image. */
const signatureFlags = {
  "verify-signature": file({
    ...REPEATABLE,
    summary:
      "Refuse the image, before anything moves, unless it is signed by this public key, or " +
      "by one of several",
    helpValue: "file",
  }),
  "signed-as": string({
    summary: "The repository that the signer named, where that is another: of a mirror",
    helpValue: "name",
    dependsOn: ["verify-signature"],
  }),
};

/** The flags that say what comes along with an image. */
const companionFlags = {
  referrers: boolean<boolean>({
    summary: "Take along what refers to the image (signatures, SBOMs), and what refers to that",
  }),
  "digest-tags": boolean<boolean>({
    summary: "Take along what is called by the image's digest, as cosign's sha256-….sig and .att",
  }),
};

/** All flags of `copy`. */
export const copyFlags = {
  ...selectionFlags,
  ...signatureFlags,
  ...companionFlags,
  ...deliveryFlags,
};

/** The values of the flags that say how an image is to arrive. */
export type DeliveryFlags = FlagValues<typeof deliveryFlags>;

/** The values of all flags; verbs that make their image have none of those that select one. */
export type CopyFlags =
  & DeliveryFlags
  & Partial<FlagValues<typeof selectionFlags>>
  & Partial<FlagValues<typeof signatureFlags>>
  & Partial<FlagValues<typeof companionFlags>>;
