/** The words that the verbs of `nixoci lock` share. */
import { string } from "@oclif/core/args";
import { file } from "@oclif/core/flags";
import { LOCK_FILE } from "../../../lock/model.ts";
import { readRegistryPlace } from "../../reference/place.ts";

/** `--file`. */
export const lockFileFlag = file({
  char: "f",
  summary: "The lockfile",
  helpValue: "file",
  default: LOCK_FILE,
});

// An image's name; what is in no registry is refused.
const NAME = {
  ignoreStdin: true,
  parse: (text: string) => Promise.resolve(readRegistryPlace(text).location),
} as const;

/** Names of images, `registry:` or not before them. */
export const nameArgs = {
  required: (description: string) =>
    string({ ...NAME, required: true, multiple: true, description }),
  optional: (description: string) => string({ ...NAME, multiple: true, description }),
  one: (description: string) => string({ ...NAME, required: true, description }),
};
