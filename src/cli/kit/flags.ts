/** Flags and arguments that several verbs share. */
import { string as stringArg } from "@oclif/core/args";
import { boolean, directory, file, string } from "@oclif/core/flags";

/** A word that has to be given. Never read from stdin, as oclif would. */
export function requiredArg(description: string) {
  return stringArg({ required: true, ignoreStdin: true, description });
}

/** A `scheme:location` that has to be given. */
export function referenceArg(description: string) {
  return requiredArg(description);
}

/** `--platform`, as often as wanted. @param otherwise what happens without it. */
export function platformFlag(otherwise = "the host's by default") {
  return string({
    summary: "Platform to take from an index, such as linux/arm64, or arm64 alone; " +
      `several with commas or one by one; ${otherwise}`,
    helpValue: "[os/]arch[/variant]",
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ",",
  });
}

/** `--registries-conf`. */
export const registriesConfFlag = file({
  summary: "Use this registries.conf, not the system's and the user's",
  helpValue: "file",
});

/** `--tmpdir`. */
export const tmpdirFlag = directory({
  summary: "Folder for temporary files; $TMPDIR by default",
  helpValue: "folder",
});

/** `--all`. */
export const allFlag = boolean({
  char: "a",
  summary: "Take the whole index, and every image of an archive or layout",
  exclusive: ["platform"],
});
