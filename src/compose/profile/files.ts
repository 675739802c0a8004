/** The files at the root of an image that has a profile and nothing else: those of export-profile. */
import { NixociError } from "../../base/errors.ts";
import { STORE_DIR } from "../../nix/formats/store-path.ts";
import { readLink, readNames, readStat } from "../../recipe/files.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { sortByBytes } from "../../recipe/order.ts";
import { followOnDisk } from "./follow.ts";

/** The place of the links of a profile. */
const PROFILE = "/run/profile";

/** Links to folders that have links to folders could have files without end. */
const MOST_FILES = 1_000_000;

/** Programs that POSIX systems have at these places. */
const PROGRAMS = ["/usr/bin/env", "/bin/sh"];

/**
 * Lists what export-profile makes of a profile: its files as links in `/run/profile`, those of its `etc`
 * in `/etc`, and `/usr/bin/env` and `/bin/sh` where it has them in `bin`.
 * @param profile its store path.
 * @param root what the store lies below, without a slash at the end.
 * @throws NixociError `LIMIT` for more than `most` files.
 */
export function listProfileFiles(
  profile: string,
  root: string,
  most: number = MOST_FILES,
): MadeEntry[] {
  const count = { left: most };
  const farm = (from: string, to: string) => {
    const real = followOnDisk(profile + from, root);
    if (!real?.isFolder || !isInStore(real.path)) return [];
    return [
      ...listLinks({ folder: profile + from, place: to, real: real.path }, [], { root, count }),
    ];
  };
  return [
    ...farm("", PROFILE),
    ...farm("/etc", "/etc"),
    ...PROGRAMS.flatMap((path): MadeEntry[] => {
      const target = `${profile}/bin/${path.split("/").at(-1)!}`;
      const found = followOnDisk(target, root);
      const isProgram = found && !found.isFolder && (readStat(root + found.path).mode & 0o111) > 0;
      return isProgram ? [{ type: "symlink", path, target }] : [];
    }),
  ];
}

/** A folder whose files get links. */
interface LinkedFolder {
  readonly folder: string;
  /** Its place in the image. */
  readonly place: string;
  /** Its path without links. */
  readonly real: string;
}

/** The root that paths are below, and how many files there may still be. */
interface LinkLimits {
  readonly root: string;
  readonly count: { left: number };
}

/**
 * Gives links to the files of a folder. What links lead to folders of the store are folders, unless
 * the link is in that folder itself; a link that leads nowhere stays as it is.
 * @param above the real paths of folders that have a link by which this one was reached.
 */
function* listLinks(
  { folder, place, real }: LinkedFolder,
  above: readonly string[],
  limits: LinkLimits,
): Generator<MadeEntry> {
  const { root, count } = limits;
  yield { type: "directory", path: place };
  for (const [name] of sortByBytes(readNames(root + real).map((name) => [name, null] as const))) {
    if (count.left-- === 0) throw tooManyError(folder);
    const [path, target] = [`${place}/${name}`, `${folder}/${name}`];
    const found = followOnDisk(target, root);
    if (found === undefined) {
      yield { type: "symlink", path, target: readLink(`${root}${real}/${name}`) };
      continue;
    }
    const isLink = found.path !== `${real}/${name}`;
    const isAround = isLink &&
      [...above, real].some((one) => `${one}/`.startsWith(`${found.path}/`));
    if (!found.isFolder || isAround || !isInStore(found.path)) {
      yield { type: "symlink", path, target };
    } else {
      const inner = { folder: target, place: path, real: found.path };
      yield* listLinks(inner, isLink ? [...above, real] : above, limits);
    }
  }
}

/** Tells whether it is a store path, or below one. */
function isInStore(path: string): boolean {
  return path.startsWith(`${STORE_DIR}/`);
}

function tooManyError(folder: string): NixociError {
  const message = `${folder}: with what links lead to, the profile has too many files`;
  return new NixociError("LIMIT", message, {
    hint: "links to folders have links to folders there",
  });
}
