/** Descriptions of closures: files that say what a database would, in whatever form. */
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { during } from "../../base/errors.ts";
import { isStorePath, STORE_DIR } from "../formats/store-path.ts";
import { type Described, type Lookup, malformed } from "../store/described.ts";
import { readJson } from "./json.ts";
import { readRegistration } from "./registration.ts";

export { registrationOf } from "./registration.ts";

/** A system of tens of thousands of paths is described in some 30 MB. */
const MAX_SIZE = 256 * 1024 * 1024;

/** What files say of a store, and which store. */
interface Descriptions extends Lookup {
  readonly storeDir: string;
  /** All that they describe, in their order. */
  readonly paths: readonly string[];
}

/**
 * Reads descriptions, together: `nix path-info --json`, closureInfo (its folder, or `registration`
 * in it), exportReferencesGraph (JSON, `.attrs.json` as a whole, or the old text).
 * @param storeDir what their paths have to lie in; by default, what the first one lies in.
 * @throws NixociError `NOT_FOUND`, `IO`, `MALFORMED`.
 */
export async function readDescriptions(
  files: readonly string[],
  storeDir?: string,
): Promise<Descriptions> {
  const paths = new Map<string, Described>();
  let within = storeDir;
  for (const file of files) {
    try {
      for (const described of parse(await textOf(file))) {
        within ??= dirname(described.path);
        add(paths, described, within);
      }
    } catch (error) {
      throw during(error, `Cannot read the closure described in ${file}`);
    }
  }
  const byHash = new Map([...paths.values()].map((each) => [hashIn(each.path), each]));
  return {
    storeDir: within ?? STORE_DIR,
    paths: [...paths.keys()],
    info: (path) => paths.get(path),
    find: (hash) => byHash.get(hash),
    close: () => {},
  };
}

function hashIn(path: string): string {
  const base = path.lastIndexOf("/") + 1;
  return path.slice(base, base + 32);
}

async function textOf(file: string): Promise<string> {
  const isFolder = (await stat(file)).isDirectory();
  const bytes = await readSmallFile(isFolder ? join(file, "registration") : file, MAX_SIZE);
  return bytes.toString();
}

function parse(text: string): Described[] {
  return /^\s*[[{]/.test(text) ? readJson(text) : readRegistration(text);
}

function add(paths: Map<string, Described>, described: Described, storeDir: string): void {
  const { path, references } = described;
  // Their first path says where the store is, but not just anywhere: `..` would lead out of a root.
  const isPlace = isAbsolute(storeDir) && normalize(storeDir) === storeDir;
  for (const each of [path, ...references]) {
    if (isPlace && isStorePath(each, storeDir)) continue;
    throw malformed(`${JSON.stringify(each)} is not a store path of ${storeDir}`);
  }
  const other = paths.get(path);
  if (other !== undefined && differ(other.narHash, described.narHash)) {
    throw malformed(`${path} is described twice, with different hashes`);
  }
  const sorted = [...new Set(references)].sort();
  paths.set(path, { ...other, ...described, references: sorted });
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
