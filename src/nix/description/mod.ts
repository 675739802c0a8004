/** Reads descriptions of closures: files that say what a database would, in any form. */
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { wrapError } from "../../base/errors.ts";
import { hashPartOf, isStorePath, STORE_DIR } from "../formats/store-path.ts";
import { descriptionError, type PathDescription, type PathLookup } from "./path-description.ts";
import { parseClosureJson } from "./json.ts";
import { parseRegistration } from "./registration.ts";

export { formatRegistration } from "./registration.ts";

/** The most bytes of a description; one of tens of thousands of paths has some 30 MB. */
const MAX_SIZE = 256 * 1024 * 1024;

/** A store as files describe it. */
interface DescribedStore extends PathLookup {
  readonly storeDir: string;
  /** All paths that they describe, in their order. */
  readonly paths: readonly string[];
}

/**
 * Reads descriptions, together: `nix path-info --json`, closureInfo (its folder, or `registration`
 * in it), exportReferencesGraph (JSON, `.attrs.json` as a whole, or the old text).
 * @param storeDir the folder that their paths have to lie in; by default, that of the first one.
 * @throws NixociError `NOT_FOUND`, `IO`, `MALFORMED`.
 */
export async function readDescriptions(
  files: readonly string[],
  storeDir?: string,
): Promise<DescribedStore> {
  const paths = new Map<string, PathDescription>();
  let within = storeDir;
  for (const file of files) {
    try {
      for (const described of parseDescription(await readText(file))) {
        within ??= dirname(described.path);
        addDescription(paths, described, within);
      }
    } catch (error) {
      throw wrapError(error, `Cannot read the closure described in ${file}`);
    }
  }
  const byHash = new Map([...paths.values()].map((each) => [hashPartOf(each.path), each]));
  return {
    storeDir: within ?? STORE_DIR,
    paths: [...paths.keys()],
    info: (path) => paths.get(path),
    find: (hash) => byHash.get(hash),
    close: () => {},
  };
}

async function readText(file: string): Promise<string> {
  const isFolder = (await stat(file)).isDirectory();
  const bytes = await readSmallFile(isFolder ? join(file, "registration") : file, MAX_SIZE);
  return bytes.toString();
}

/**
 * Parses a description, of whatever form. Nothing is checked across its paths.
 * @throws NixociError `MALFORMED`.
 */
export function parseDescription(text: string): PathDescription[] {
  return /^\s*[[{]/.test(text) ? parseClosureJson(text) : parseRegistration(text);
}

function addDescription(
  paths: Map<string, PathDescription>,
  described: PathDescription,
  storeDir: string,
): void {
  const { path, references } = described;
  // Their first path says where the store is, but not just anywhere: `..` would lead out of a root.
  const isPlace = isAbsolute(storeDir) && normalize(storeDir) === storeDir;
  for (const each of [path, ...references]) {
    if (isPlace && isStorePath(each, storeDir)) continue;
    // What is not a path at all may be anything, which no message says.
    const shown = /^(?:\/|[0-9a-z]{32}-)/.test(each)
      ? JSON.stringify(each)
      : `path ${paths.size + 1}`;
    throw descriptionError(`${shown} is not a store path of ${storeDir}`);
  }
  const sorted = [...new Set(references)].sort();
  const other = paths.get(path);
  const conflict = other && findConflict(other, { ...described, references: sorted });
  if (conflict !== undefined) {
    throw descriptionError(`${path} is described twice, with different ${conflict}`);
  }
  paths.set(path, { ...other, ...described, references: sorted });
}

/** Finds what two descriptions of a path contradict each other in. */
function findConflict(one: PathDescription, other: PathDescription): string | undefined {
  if (isConflict(one.narHash, other.narHash)) return "hashes";
  if (isConflict(one.narSize, other.narSize)) return "sizes";
  // Some formats leave out that a path refers to itself.
  const othersOf = ({ path, references }: PathDescription) =>
    references.filter((reference) => reference !== path).join();
  return othersOf(one) === othersOf(other) ? undefined : "references";
}

function isConflict<T extends string | number>(one: T | undefined, other: T | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
