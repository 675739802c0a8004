/** A rule of `perms`: which files of a path it is about, and how these are. */
import type * as z from "zod/mini";
import { NixociError, reasonOf } from "../../../base/errors.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { compileGoRegExp } from "../../../go/regexp/regexp.ts";
import type { Perm } from "../../../recipe/mod.ts";
import { makeAbsolute, type NamedPerm, type PartPlace } from "../../parts.ts";
import type { Kinds } from "../feature.ts";

/** Defines a rule. */
export function definePerm(is: Kinds) {
  return is.object({
    path: is.needed(is.filled, "The store path or directory whose files it is about"),
    regex: is.needed(
      is.text,
      "Files of it, by their path at the source; the last that matches wins",
    ),
    mode: is.field(
      is.matching(/^0?[0-7]{1,4}$/, "must be octal digits such as 0664"),
      "Permission bits, in octal",
    ),
    uid: is.field(is.whole(0), "Owner; 0 when left out"),
    gid: is.field(is.whole(0), "Group; 0 when left out"),
    uname: is.field(is.text, "Owner's name"),
    gname: is.field(is.text, "Group's name"),
  }, "must be an object with path, regex and mode");
}

/** Modes and owners of some files. */
export type PermSpec = z.infer<ReturnType<typeof definePerm>>;

/**
 * Reads a rule.
 * @throws NixociError `USAGE` for a regular expression that is not one.
 */
export function readPerm({ path, regex, ...rest }: PermSpec, place: PartPlace): NamedPerm {
  try {
    compileGoRegExp(regex);
  } catch (error) {
    throw new NixociError("USAGE", `${place.at}.regex: ${reasonOf(error)}`, { cause: error });
  }
  const perm: Perm = { regex, ...omitMissing(rest) };
  return { path: makeAbsolute(path, place), at: place.at, perm };
}
