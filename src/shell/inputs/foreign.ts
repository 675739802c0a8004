/**
 * Finds what programs of other distributions need, such as the Node that an editor brings along:
 * the loader that they name, and libraries that they expect beside glibc.
 */
import type { Closure } from "../../nix/formats/path-info.ts";
import { type FilePlaces, findFile } from "./find.ts";

/** The places at which such programs look for their loader, by the first word of a system. */
const LOADERS = new Map([
  ["x86_64", "/lib64/ld-linux-x86-64.so.2"],
  ["aarch64", "/lib/ld-linux-aarch64.so.1"],
  ["armv7l", "/lib/ld-linux-armhf.so.3"],
  ["riscv64", "/lib/ld-linux-riscv64-lp64d.so.1"],
  ["powerpc64le", "/lib64/ld64.so.2"],
  ["i686", "/lib/ld-linux.so.2"],
]);

/** The files of a closure that foreign programs need; `undefined` where it has none. */
export interface ForeignSupport {
  /** The place that programs name, and the file of glibc that has to be there. */
  readonly loader: { readonly place: string; readonly file: string } | undefined;
  /** Folders of libraries: glibc's, and that of libstdc++. */
  readonly libraries: readonly string[];
  /** The folder that has `libstdc++.so.6`. */
  readonly cpp: string | undefined;
  /** The program `patchelf`, which has a program use these. */
  readonly patchelf: string | undefined;
}

/** Finds it. @param system the derivation's: `x86_64-linux`. */
export function findForeignSupport(
  closure: Closure,
  system: string,
  store: FilePlaces,
): ForeignSupport {
  const find = (name: RegExp, file: string) => findFile(closure, name, file, store);
  const place = LOADERS.get(system.split("-")[0] ?? "");
  const name = place?.slice(place.lastIndexOf("/") + 1);
  const file = name && find(/^glibc-\d[^-]*(-\d+)?$/, `lib/${name}`);
  const cpp = find(/^gcc-\d[^-]*-lib$/, "lib/libstdc++.so.6")?.replace(/\/[^/]+$/, "");
  const glibc = file?.replace(/\/[^/]+$/, "");
  return {
    loader: place && file ? { place, file } : undefined,
    libraries: [glibc, cpp].filter((folder) => folder !== undefined),
    cpp,
    patchelf: find(/^patchelf-\d[^-]*$/, "bin/patchelf"),
  };
}
