/** The flags of `layers`. */
import { directory, file, integer, option, string } from "@oclif/core/flags";
import { STRATEGIES } from "../../../layering/mod.ts";
import type { FlagValues } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";

/** The flags. */
export const layersFlags = {
  path: string({
    ...REPEATABLE,
    summary: "Only this store path, and all that it refers to",
    helpValue: "/nix/store/…",
  }),
  "max-layers": integer({
    summary: "How many layers at most",
    helpValue: "n",
    min: 1,
    default: 1,
  }),
  style: option({ options: ["nix2container", "dockertools"] as const })({
    summary: "Whose bytes",
    default: "nix2container" as const,
  }),
  layering: option({ options: STRATEGIES })({
    summary: "How paths are grouped into layers; by default as the style has it",
  }),
  perms: file({
    summary: "A JSON list of {path, regex, mode, uid, gid, uname, gname}",
    helpValue: "file",
  }),
  rewrites: file({ summary: "A JSON list of {path, regex, repl}", helpValue: "file" }),
  history: file({ summary: "A JSON object with created_by, author, comment", helpValue: "file" }),
  ignore: string({ summary: "Leave this path out", helpValue: "path" }),
  parent: file({
    ...REPEATABLE,
    summary: "A layers.json whose paths are left out",
    helpValue: "file",
  }),
  "tar-directory": directory({
    summary: "Keep the layers' tars in this folder: for paths that may be built otherwise again",
    helpValue: "folder",
  }),
  store: directory({
    summary: "The folder that /nix/store is below; / by default",
    helpValue: "folder",
  }),
  output: file({
    char: "o",
    summary: "Write the description to this file; to standard output by default",
    helpValue: "file",
  }),
};

/** Their values. */
export type LayersFlags = FlagValues<typeof layersFlags>;
