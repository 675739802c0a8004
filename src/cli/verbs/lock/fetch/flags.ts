/** The flags of `lock fetch`. */
import { directory } from "@oclif/core/flags";
import type { FlagValues, GlobalFlags } from "../../../kit/command.ts";
import { jobsFlag } from "../../../kit/flags.ts";
import { defineProgressFlag } from "../../../progress/flag.ts";
import { lockFileFlag } from "../words.ts";

/** The flags. */
export const fetchFlags = {
  file: lockFileFlag,
  blobs: directory({
    summary: "Take what is missing from this folder of sha256/… files, and ask no registry",
    helpValue: "folder",
  }),
  jobs: jobsFlag,
  progress: defineProgressFlag(),
};

/** Their values. */
export type FetchFlags = FlagValues<typeof fetchFlags> & GlobalFlags;
