/** Finds the programs that are searched for where nothing has read the derivation's environment. */
import { dirname } from "node:path";
import { type FilePlaces, findFile, isFileAt } from "./find.ts";
import type { ShellInputs } from "./inputs.ts";

/**
 * Programs that engines, editors and scripts look for in every container, and the packages that
 * usually have them.
 */
const EXPECTED: readonly (readonly [program: string, usual: RegExp])[] = [
  ["env", /^coreutils(-full)?-\d[^-]*$/],
  ["sed", /^gnused-\d[^-]*$/],
  ["grep", /^gnugrep-\d[^-]*$/],
  ["awk", /^gawk-\d[^-]*$/],
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
  store: FilePlaces,
): FoundPrograms {
  const isThere = (path: string) => isFileAt(store.realPath(path));
  const listThere = (paths: readonly string[]) =>
    paths.map((path) => `${path}/bin`).filter(isThere);
  const folders = listThere(inputs);
  // Asked for only where a program is not in its usual package: a closure may have thousands.
  let others: readonly string[] | undefined;
  const places = new Map<string, string>();
  for (const [program, usual] of EXPECTED) {
    const hasIt = (folder: string) => isThere(`${folder}/${program}`);
    const own = folders.find(hasIt);
    const usualPlace = findFile(closure, usual, `bin/${program}`, store);
    const folder = own ?? (usualPlace && dirname(usualPlace)) ??
      (others ??= listThere(closure.map(({ path }) => path))).find(hasIt);
    if (folder === undefined) continue;
    places.set(program, `${folder}/${program}`);
    if (own === undefined) folders.push(folder);
  }
  const missing = EXPECTED.map(([program]) => program).filter((program) => !places.has(program));
  return { folders, env: places.get("env"), missing };
}
