/** The flags of `run`. */
import { boolean, integer, string } from "@oclif/core/flags";
import { copyFlags } from "../../delivery/flags.ts";
import type { FlagValues } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";

const { all: _all, scoped: _scoped, "dry-run": _dryRun, ...delivery } = copyFlags;

/** The flags. */
export const runFlags = {
  shell: boolean<boolean>({
    summary: "Take the words as one line of the image's shell, as RUN does without brackets",
  }),
  network: boolean<boolean>({
    summary: "Let the command use the network of this machine; it has only lo otherwise",
  }),
  env: string({
    ...REPEATABLE,
    char: "e",
    summary: "A variable for the command, besides the image's; it does not stay in the image",
    helpValue: "NAME=value",
  }),
  user: string({
    char: "u",
    summary: "The user that runs it; the image's by default",
    helpValue: "user[:group]",
  }),
  workdir: string({
    char: "w",
    summary: "The folder that it begins in; the image's by default",
    helpValue: "folder",
  }),
  timeout: integer({ summary: "Stop it after so many seconds", helpValue: "seconds", min: 1 }),
  "max-size": integer({
    summary: "Fail if it writes more than so many bytes",
    helpValue: "bytes",
    min: 0,
  }),
  "max-processes": integer({
    summary: "Let it have so many processes at a time; 4096 by default",
    helpValue: "n",
    min: 1,
  }),
  created: string({
    summary: "When the layer and its files were made: a date, @SECONDS, or now; " +
      "$SOURCE_DATE_EPOCH where it is set; the time of the image below otherwise, so that the same " +
      "command makes the same layer",
    helpValue: "time",
  }),
  ...delivery,
};

/** Their values. */
export type RunFlags = FlagValues<typeof runFlags>;
