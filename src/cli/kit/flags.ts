/** Flags that several verbs share. */
import { boolean, directory, file, integer, string } from "@oclif/core/flags";

/** Flags that may be given again, each time with one value. */
export const REPEATABLE = { multiple: true, multipleNonGreedy: true } as const;

/** Declares `--platform`, as often as wanted. @param otherwise what happens without it. */
export function definePlatformFlag(otherwise = "the host's by default") {
  return string({
    ...REPEATABLE,
    summary: "Platform to take from an index, such as linux/arm64, or arm64 alone; " +
      `several with commas or one by one; ${otherwise}`,
    helpValue: "[os/]arch[/variant]",
    delimiter: ",",
  });
}

/** `--tmpdir`. */
export const tmpdirFlag = directory({
  summary: "Folder for temporary files; $TMPDIR by default",
  helpValue: "folder",
});

/** `--closure`, of verbs that look at store paths. */
export const closureFlag = file({
  ...REPEATABLE,
  summary: "A file that says what refers to what: nix path-info --json -r",
  helpValue: "file",
});

/** `--jobs`. */
export const jobsFlag = integer({
  char: "j",
  summary: "How many blobs move at a time",
  helpValue: "n",
  min: 1,
  max: 256,
});

/** `--all`, where it is the other choice than `--platform`. */
export function defineAllFlag(summary: string) {
  return boolean<boolean>({ char: "a", summary, exclusive: ["platform"] });
}

/** `--image-name`, `--image-tag`: one of several images in an archive. */
const pickFlags = {
  "image-name": string({
    summary: "Of an archive with several images, the one of this name",
    helpValue: "name",
  }),
  "image-tag": string({ summary: "And of this tag", helpValue: "tag" }),
};

/** `--layer`. */
export const layerFlag = string({
  summary: "Look at this layer alone, whiteouts and all: 1 is the lowest, or its digest",
  helpValue: "n|digest",
});

/** The flags that say which image of a place. */
export const imageFlags = { ...pickFlags, platform: definePlatformFlag(), tmpdir: tmpdirFlag };
