/** Flags and arguments that several verbs share. */
import { string as stringArg } from "@oclif/core/args";
import { boolean, file, string } from "@oclif/core/flags";

/** A `scheme:location` that has to be given. Never read from stdin, as oclif would. */
export function referenceArg(description: string) {
  return stringArg({ required: true, ignoreStdin: true, description });
}

/** `--platform`, as often as wanted. */
export const platformFlag = string({
  summary: "Platform to take from an index, such as linux/arm64; the host's by default",
  helpValue: "os/arch[/variant]",
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ",",
});

/** `--registries-conf`. */
export const registriesConfFlag = file({
  summary: "Use this registries.conf, not the system's and the user's",
  helpValue: "file",
});

/** `--all`. */
export const allFlag = boolean({
  char: "a",
  summary: "Take the whole index, and every image of an archive or layout",
  exclusive: ["platform"],
});
