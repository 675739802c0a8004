/** Files in the packages of a base image that other files of it lead to. */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { useResources } from "../../base/dispose.ts";
import { readClosure } from "../../nix/store/closure.ts";
import { openStore, type StoreOptions } from "../../nix/store/store.ts";

/** Files of packages, by what they are for; `undefined` where no package has one. */
export interface PackageFiles {
  readonly sh: string | undefined;
  readonly env: string | undefined;
  readonly bash: string | undefined;
  readonly less: string | undefined;
  readonly certificates: string | undefined;
  /** Of the C library that programs of the image have. */
  readonly loader: string | undefined;
}

/** The loaders of C libraries, by the names that programs have for them. */
const LOADERS = ["ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"];

/**
 * Finds files in packages, the first that has one; the loader in all that they refer to.
 * @param packages store paths, or links to them.
 * @throws NixociError what reading the closure throws.
 */
export async function findPackageFiles(
  packages: readonly string[],
  where: StoreOptions,
): Promise<PackageFiles> {
  const { root = "/" } = where;
  const find = (paths: readonly string[], file: string) =>
    paths.map((path) => `${path}/${file}`).find((path) => isThere(join(root, path)));
  return {
    sh: find(packages, "bin/sh"),
    env: find(packages, "bin/env"),
    bash: find(packages, "bin/bash"),
    less: find(packages, "bin/less"),
    certificates: find(packages, "etc/ssl/certs/ca-bundle.crt"),
    loader: await findLoader(packages, where, find),
  };
}

/** Tells whether there is a file, or a link: where it leads to is in another root. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Finds the loader; that of a package called glibc, where more than one has it. */
async function findLoader(
  packages: readonly string[],
  where: StoreOptions,
  find: (paths: readonly string[], file: string) => string | undefined,
): Promise<string | undefined> {
  const closure = await useResources(async (hold) =>
    await readClosure(packages, hold(await openStore(where)))
  );
  const paths = closure.map(({ path }) => path);
  const first = paths.filter((path) => /-(glibc|libc6?)-/.test(path));
  return LOADERS.map((name) => find([...first, ...paths], `lib/${name}`))
    .find((path) => path !== undefined);
}
