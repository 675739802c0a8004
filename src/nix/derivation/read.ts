/** Reads derivations from disk: `.drv` files, and what `nix derivation show` printed into a file. */
import { type Buffer, isUtf8 } from "node:buffer";
import { realpath } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { codeOf, NixociError, wrapError } from "../../base/errors.ts";
import { readSmallFile } from "../../bytes/disk/small-file.ts";
import { isStorePath } from "../formats/store-path.ts";
import type { NixStore } from "../store/store.ts";
import { parseDerivation } from "./aterm/parse.ts";
import { type Derivation, derivationError, STRUCTURED } from "./derivation.ts";
import { parseDerivations } from "./json/parse.ts";
import { isJsonObject, parseJsonValue } from "./json/value.ts";
import type { DerivationLookup } from "./output-paths.ts";
import { computeDerivationPath } from "./paths.ts";

/** The most bytes of a file of derivations. */
const MAX_SIZE = 256 * 1024 * 1024;

/** A derivation, and a way to those that it needs. */
export interface ReadDerivation {
  /** Its store path. */
  readonly path: string;
  readonly derivation: Derivation;
  /** Reads a derivation that it needs: from the same file, or from the store. */
  readonly lookUp: DerivationLookup;
}

/** The place of derivations; a {@link NixStore} is one. */
export type DerivationStore = Pick<NixStore, "storeDir" | "realPath">;

/**
 * Reads a derivation: a `.drv` file, in the store or a link to it or a copy, or what
 * `nix derivation show` printed (with `--recursive` it has the inputs, too).
 * @throws NixociError `NOT_FOUND`, `IO`, `LIMIT`; `MALFORMED` when it is not a derivation,
 * `UNSUPPORTED` for dynamic ones and for versions that are not known.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { readDerivation } from "nixoci";
 *
 * const file = "sbldylj3clbkc0aqvjjzfa6slp4zdvlj-hello.drv";
 * await writeFile(file, 'Derive([],[],[],"x86_64-linux","/bin/sh",[],[("a","1")])');
 * const store = { storeDir: "/nix/store", realPath: (path: string) => path };
 * const { derivation } = await readDerivation(file, store);
 * console.log(derivation.name, derivation.env.get("a")); // hello 1
 * ```
 */
export async function readDerivation(
  file: string,
  store: DerivationStore,
): Promise<ReadDerivation> {
  const { storeDir } = store;
  const place = isStorePath(file, storeDir) ? store.realPath(file) : resolve(file);
  try {
    const real = await realpath(place);
    const bytes = await readSmallFile(real, MAX_SIZE);
    if (/^\s*[{[]/.test(bytes.subarray(0, 64).toString("latin1"))) {
      return readShown(bytes, store);
    }
    const name = nameOf(basename(real), bytes, storeDir);
    const derivation = parseDerivation(bytes, name, storeDir);
    const known = `${storeDir}/${basename(real)}`;
    const path = isStorePath(known, storeDir) && known.endsWith(".drv")
      ? known
      : computeDerivationPath(derivation, storeDir);
    return { path, derivation, lookUp: createLookup(new Map([[path, derivation]]), store) };
  } catch (error) {
    throw wrapError(error, `Cannot read the derivation ${file}`);
  }
}

/** Reads the derivation in JSON that no other one needs. */
function readShown(bytes: Buffer, store: DerivationStore): ReadDerivation {
  if (!isUtf8(bytes)) throw derivationError("it is not UTF-8");
  const all = parseDerivations(bytes.toString(), store.storeDir);
  const needed = new Set([...all.values()].flatMap(({ inputDrvs }) => [...inputDrvs.keys()]));
  const [first, second] = [...all].filter(([path]) => !needed.has(path));
  if (first === undefined || second !== undefined) {
    throw new NixociError(
      "MALFORMED",
      `it has ${all.size} derivations that do not belong together`,
      {
        hint: "print one: nix derivation show --recursive DRV",
      },
    );
  }
  const [path, derivation] = first;
  return { path, derivation, lookUp: createLookup(all, store) };
}

/** Returns the name of a derivation: from its file's, or from the attribute. */
function nameOf(file: string, bytes: Buffer, storeDir: string): string {
  const isOfStore = isStorePath(`${storeDir}/${file}`, storeDir) && file.endsWith(".drv");
  if (isOfStore) return file.slice(33, -".drv".length);
  const { env } = parseDerivation(bytes, "", storeDir);
  const structured = env.get(STRUCTURED);
  const attributes = structured === undefined
    ? undefined
    : parseJsonValue(structured, `its ${STRUCTURED}`);
  const name = isJsonObject(attributes) ? attributes.name : env.get("name");
  if (typeof name === "string" && isStorePath(`${storeDir}/${"0".repeat(32)}-${name}`, storeDir)) {
    return name;
  }
  throw derivationError("its name is neither in the name of the file nor among its attributes");
}

function createLookup(
  known: ReadonlyMap<string, Derivation>,
  store: DerivationStore,
): DerivationLookup {
  const read = new Map(known);
  return async (path) => {
    const before = read.get(path);
    if (before !== undefined) return before;
    const derivation = await readInput(path, store);
    read.set(path, derivation);
    return derivation;
  };
}

async function readInput(path: string, store: DerivationStore): Promise<Derivation> {
  try {
    const bytes = await readSmallFile(store.realPath(path), MAX_SIZE);
    const name = path.slice(store.storeDir.length + 34, -".drv".length);
    return parseDerivation(bytes, name, store.storeDir);
  } catch (error) {
    const doing = `Cannot read the derivation ${path}, which is needed`;
    if (codeOf(error) !== "NOT_FOUND") throw wrapError(error, doing);
    throw new NixociError("NOT_FOUND", `${doing}: it is not in the store`, {
      cause: error,
      hint: "name a file with all of them: nix derivation show --recursive DRV > all.json",
    });
  }
}
