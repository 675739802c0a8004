/** The commit of nixpkgs that a project has pinned, as tools for that write it down. */
import { join } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { readSmallFileIfThere } from "../../bytes/disk/small-file.ts";
import { isObject, parseJson } from "../../image/json.ts";
import { COMMIT } from "./dockerfile.ts";
import { readFlakeLock } from "./flake.ts";
import type { FoundSource, ReadSource } from "./found.ts";
import { readNivSources } from "./niv.ts";
import { readNpinsSources } from "./npins.ts";

/** A pinned nixpkgs. */
export interface PinnedSource extends FoundSource {
  /** The file that says so. */
  readonly file: string;
  readonly commit: string;
}

const READERS: readonly (readonly [file: string, read: ReadSource])[] = [
  ["nix/sources.json", readNivSources],
  ["npins/sources.json", readNpinsSources],
  ["flake.lock", readFlakeLock],
];

/** In bytes; lock files of large flakes have some hundred thousand. */
const MAX_SOURCE = 16 * 1024 * 1024;

/**
 * Reads what a project has pinned.
 * @param folder the folder of the project, whose usual files are looked for.
 * @param file the one that is meant.
 * @param input the name of nixpkgs in it.
 * @throws NixociError `NOT_FOUND` where there is none, `USAGE` where two say different commits,
 * `MALFORMED` for a file that is of none of these tools.
 */
export async function readPinnedSource(
  folder: string,
  { file, input = "nixpkgs" }: { readonly file?: string | undefined; readonly input?: string } = {},
): Promise<PinnedSource> {
  const names = file === undefined ? READERS.map(([name]) => join(folder, name)) : [file];
  const found: PinnedSource[] = [];
  for (const name of names) {
    const bytes = await readSmallFileIfThere(name, MAX_SOURCE);
    if (bytes !== undefined) found.push(readSource(bytes, input, name));
  }
  const [first, ...others] = found;
  if (first === undefined) throw noSourceError(file ?? folder);
  const other = others.find(({ commit }) => commit !== first.commit);
  if (other === undefined) return first;
  const message = `${first.file} and ${other.file} have different commits of nixpkgs`;
  throw new NixociError("USAGE", message, { hint: `say which is meant: --source ${first.file}` });
}

function readSource(bytes: Buffer, input: string, file: string): PinnedSource {
  const value = parseJson(bytes, file, { maxBytes: MAX_SOURCE });
  if (!isObject(value)) throw new NixociError("MALFORMED", `${file} is not an object of JSON`);
  const found = readerOf(value, file)(value, input, file);
  if (typeof found.commit === "string" && COMMIT.test(found.commit)) {
    return { ...found, commit: found.commit, file };
  }
  throw new NixociError("MALFORMED", `${file}: ${input} says no commit of 40 digits`, {
    hint: "pin a branch of the repository of nixpkgs, not an archive by its name",
  });
}

/** Returns the reader of what the file looks like. */
function readerOf(value: Readonly<Record<string, unknown>>, file: string): ReadSource {
  if (isObject(value["nodes"])) return readFlakeLock;
  if (isObject(value["pins"])) return readNpinsSources;
  const isNiv = Object.values(value).every(isObject);
  if (isNiv) return readNivSources;
  throw new NixociError("MALFORMED", `${file} is not a file of niv, npins or flakes`);
}

function noSourceError(where: string): NixociError {
  return new NixociError("NOT_FOUND", `${where} has no nixpkgs that is pinned`, {
    hint: `name the file with --source: ${READERS.map(([name]) => name).join(", ")}`,
  });
}
