/** The flags of `mutate`. */
import { boolean, option, string } from "@oclif/core/flags";
import { deliveryFlags } from "../../delivery/flags.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { definePlatformFlag, REPEATABLE } from "../../kit/flags.ts";

const CHANGE = { helpGroup: "CHANGE" };

/** Declares a flag with entries, of which `key-` takes one away. */
function defineKeyedFlag(summary: string, helpValue: string, char?: "e" | "l" | "p") {
  return string({
    ...REPEATABLE,
    ...CHANGE,
    ...char && { char },
    summary: `${summary}; with a minus behind its name (${helpValue.split("=")[0]}-) it goes away`,
    helpValue,
  });
}

function defineTextFlag(summary: string, helpValue: string, char?: "w" | "u") {
  return string({ ...CHANGE, ...char && { char }, summary, helpValue });
}

/** The flags that change an image, in the order in which they are given. */
const changeFlags = {
  env: defineKeyedFlag("A variable", "NAME=value", "e"),
  label: defineKeyedFlag("A label", "key=value", "l"),
  annotation: defineKeyedFlag(
    "An annotation of each image; index:, manifest: or index-descriptor: in front, or several of " +
      "them with commas, says of what, and manifest[os/arch]: of which image",
    "key=value",
  ),
  cmd: defineTextFlag(
    "What runs by default: words, or a JSON list; an empty text takes it away",
    "words",
  ),
  entrypoint: defineTextFlag(
    "What always runs, with cmd behind it: words, or a JSON list; without --cmd, the image's Cmd " +
      "goes, as in a Dockerfile",
    "words",
  ),
  user: defineTextFlag("Who runs it", "user[:group]", "u"),
  workdir: defineTextFlag("Where it runs", "dir", "w"),
  port: defineKeyedFlag("A port that it listens on", "port[/protocol]", "p"),
  volume: defineKeyedFlag("A folder for data", "dir"),
  "stop-signal": defineTextFlag("What stops it, such as SIGINT", "signal"),
  healthcheck: defineTextFlag(
    "What tells whether it is well: a command for the shell, none, or the config's JSON",
    "command|none|json",
  ),
  "platform-as": defineTextFlag(
    "What the image is for, where its config has that wrong",
    "os/arch[/variant]",
  ),
  created: defineTextFlag("When it was made: a date, @SECONDS, or now", "time"),
  author: defineTextFlag("Who made it", "name"),
  history: option({ options: ["keep", "none"] as const })({
    ...CHANGE,
    summary: "Keep the history, or take it away",
  }),
  append: string({
    ...REPEATABLE,
    ...CHANGE,
    summary: "Put this on top: a tar as it is, the files of a folder, or the layers of an image",
    helpValue: "file|folder|image",
  }),
  rm: string({
    ...REPEATABLE,
    ...CHANGE,
    summary: "Take this file or directory out of sight, with a layer that says so; its bytes " +
      "stay in their layer",
    helpValue: "path",
  }),
  strip: string({
    ...REPEATABLE,
    ...CHANGE,
    summary: "Leave what this pattern matches out of every layer, with its bytes",
    helpValue: "glob",
  }),
  squash: string({
    ...CHANGE,
    summary: "Make one layer of so many of the highest, or of all",
    helpValue: "n|all",
  }),
  flatten: boolean<boolean>({
    ...CHANGE,
    summary: "Make one layer of all; the same as --squash all",
  }),
  rebase: string({
    ...CHANGE,
    summary: "Put this base image in the place of the one that the image stands on; without OLD, " +
      "the image's annotations say that",
    helpValue: "[OLD,]NEW",
  }),
  reproducible: boolean<boolean>({
    ...CHANGE,
    summary: "Make all layers anew with members sorted, without names of owners, and with one " +
      "time: $SOURCE_DATE_EPOCH, or 1970",
  }),
};

/** All flags. */
export const mutateFlags = {
  ...changeFlags,
  "append-to": string({
    summary: "Where the files of folders go; the root of the image by default",
    helpValue: "path",
    dependsOn: ["append"],
  }),
  platform: definePlatformFlag("all by default; those of an index that are not meant stay in it"),
  ...deliveryFlags,
};

/** Their values. */
export type MutateFlags = FlagValues<typeof mutateFlags> & GlobalFlags;

/** The name of a flag that changes the image. */
export type ChangeName = keyof typeof changeFlags;
