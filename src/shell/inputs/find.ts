/** Finds in a closure what a shell image needs beside the derivation itself. */
import { lstatSync } from "node:fs";
import { isSystemError } from "../../base/errors.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import type { NixStore } from "../../nix/store/store.ts";
import { namePartOf } from "../../nix/formats/store-path.ts";

/** The place of files on disk; a {@link NixStore} is one. */
export type FilePlaces = Pick<NixStore, "realPath">;

/** The most bytes of a shell; those with everything linked in have some 3 MB. */
const MAX_SHELL = 64 * 1024 * 1024;

/** Finds a Bash among store paths, the interactive one first; `undefined` when there is none. */
export function findShell(closure: Closure, store: FilePlaces): string | undefined {
  return findFile(closure, /^bash-interactive-\d[^-]*$/, "bin/bash", store) ??
    findFile(closure, /^bash-\d[^-]*$/, "bin/bash", store);
}

/** Finds a bundle of certificates among store paths; `undefined` when there is none. */
export function findCertificates(closure: Closure, store: FilePlaces): string | undefined {
  return findFile(closure, /^nss-cacert-\d[^-]*$/, "etc/ssl/certs/ca-bundle.crt", store);
}

/**
 * Tells whether a Bash edits lines: without that, a prompt shows its colours as text, and arrows do
 * nothing. Builds have one without, which is smaller.
 * @param file its place on disk.
 * @throws NixociError `NOT_FOUND`, `IO`, `LIMIT`.
 */
export async function canEditLines(file: string): Promise<boolean> {
  return (await readSmallFile(file, MAX_SHELL)).includes("READLINE_LINE");
}

/**
 * Finds a file of a package: of several of this name in the newest, as far as names tell. What is
 * called alike and has no such file, a package's source or its derivation, is not the package.
 */
export function findFile(
  closure: Closure,
  name: RegExp,
  file: string,
  store: FilePlaces,
): string | undefined {
  return listNewest(closure, name).map((path) => `${path}/${file}`)
    .find((place) => isFileAt(store.realPath(place)));
}

function listNewest(closure: Closure, pattern: RegExp): string[] {
  const named = closure.map(({ path }) => ({ path, name: namePartOf(path) }))
    .filter(({ name }) => pattern.test(name));
  // A collator takes longer to make than all the rest, and there is nearly always one path.
  if (named.length > 1) {
    const { compare } = new Intl.Collator("en", { numeric: true });
    named.sort((a, b) => compare(b.name, a.name));
  }
  return named.map(({ path }) => path);
}

/** Tells whether something lies there: a link may lead into a store that has another root. */
export function isFileAt(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
