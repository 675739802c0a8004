/** Finds the programs that are searched for where nothing has read the derivation's environment. */
import { lstatSync } from "node:fs";
import { isSystemError } from "../base/errors.ts";
import type { NixStore } from "../nix/store/store.ts";
import { findPackage } from "./find.ts";
import type { ShellInputs } from "./inputs.ts";

/**
 * Programs that engines, editors and scripts look for in every container, and the packages that
 * usually have them.
 */
const EXPECTED: readonly (readonly [program: string, usual: RegExp])[] = [
  ["env", /^coreutils(-full)?-\d[^-]*$/],
  ["sed", /^gnused-\d[^-]*$/],
  ["grep", /^gnugrep-\d[^-]*$/],
  ["tar", /^gnutar-\d[^-]*$/],
  ["gzip", /^gzip-\d[^-]*$/],
];

/** Programs of a closure. */
export interface FoundPrograms {
  /** The inputs' folders of programs; then those of programs that are expected, and not in these. */
  readonly folders: readonly string[];
  /** `env`, if there is one. */
  readonly env: string | undefined;
  /** Those that are nowhere. */
  readonly missing: readonly string[];
}

/** Finds them: whatever is there on disk, for a closure does not say it. */
export function findPrograms(
  { inputs, closure }: Pick<ShellInputs, "inputs" | "closure">,
  store: Pick<NixStore, "realPath">,
): FoundPrograms {
  const isThere = (path: string) => isFileAt(store.realPath(path));
  const folders = inputs.map((path) => `${path}/bin`).filter(isThere);
  const places = new Map<string, string>();
  for (const [program, usual] of EXPECTED) {
    const own = folders.find((folder) => isThere(`${folder}/${program}`));
    const paths = [findPackage(closure, usual) ?? [], ...closure.map(({ path }) => path)].flat();
    const folder = own ??
      paths.map((path) => `${path}/bin`).find((folder) => isThere(`${folder}/${program}`));
    if (folder === undefined) continue;
    places.set(program, `${folder}/${program}`);
    if (own === undefined) folders.push(folder);
  }
  const missing = EXPECTED.map(([program]) => program).filter((program) => !places.has(program));
  return { folders, env: places.get("env"), missing };
}

/** Tells whether something lies there; a link may lead into a store that has another root. */
function isFileAt(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
