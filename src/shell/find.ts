/** Finds in a closure what a shell image needs beside the derivation itself. */
import { readSmallFile } from "../bytes/disk/small-file.ts";
import type { Closure } from "../nix/formats/path-info.ts";

/** The most bytes of a shell; those with everything linked in have some 3 MB. */
const MAX_SHELL = 64 * 1024 * 1024;

/** Finds a Bash among store paths, the interactive one first; `undefined` when there is none. */
export function findShell(closure: Closure): string | undefined {
  const path = findPackage(closure, /^bash-interactive-\d[^-]*$/) ??
    findPackage(closure, /^bash-\d[^-]*$/);
  return path && `${path}/bin/bash`;
}

/** Finds a bundle of certificates among store paths; `undefined` when there is none. */
export function findCertificates(closure: Closure): string | undefined {
  const path = findPackage(closure, /^nss-cacert-\d[^-]*$/);
  return path && `${path}/etc/ssl/certs/ca-bundle.crt`;
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

/** Finds the path of this name; of several the newest, as far as names tell. */
export function findPackage(closure: Closure, pattern: RegExp): string | undefined {
  const named = closure.map(({ path }) => ({ path, name: path.slice(path.lastIndexOf("/") + 34) }))
    .filter(({ name }) => pattern.test(name));
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return named.sort((a, b) => compare(a.name, b.name)).at(-1)?.path;
}
