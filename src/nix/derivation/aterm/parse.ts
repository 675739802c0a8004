/**
 * Parses `.drv` files.
 * @see https://nix.dev/manual/nix/latest/protocols/derivation-aterm
 */
import type { Buffer } from "node:buffer";
import { NixociError } from "../../../base/errors.ts";
import { quoteName } from "../../../tar/name.ts";
import { STORE_DIR } from "../../formats/store-path.ts";
import { checkDerivationPath, checkPath, mapOf } from "../checks.ts";
import { checkHash, parseHashing } from "../hashes.ts";
import {
  type Derivation,
  derivationError,
  type DerivationOutput,
  dynamicError,
} from "../derivation.ts";
import { type AtermReader, createAtermReader } from "./reader.ts";

/**
 * Parses a `.drv` file.
 * @param name the derivation's name, which only the file's name says: `hello-2.12`.
 * @throws NixociError `MALFORMED` when it is not one, or cut short; `UNSUPPORTED` for dynamic
 * derivations.
 * @example
 * ```ts
 * import { formatDerivation, parseDerivation } from "nixoci";
 *
 * const file = Buffer.from(`Derive([],[],[],"x86_64-linux","/bin/sh",["-c","exit"],[("a","1")])`);
 * const derivation = parseDerivation(file, "nothing");
 * console.log(derivation.builder, derivation.env.get("a")); // /bin/sh 1
 * console.log(formatDerivation(derivation).equals(file)); // true
 * ```
 */
export function parseDerivation(
  bytes: Buffer,
  name: string,
  storeDir: string = STORE_DIR,
): Derivation {
  if (bytes.length === 0) throw derivationError("it is empty");
  const reader = createAtermReader(bytes);
  skipBeginning(reader);
  const strings = () => reader.readList(reader.readText);
  const path = () => checkPath(reader.readText(), storeDir);
  const outputs = reader.readList(() => readOutput(reader, storeDir));
  reader.skip(",");
  const inputDrvs = reader.readList(() => {
    reader.skip("(");
    const input = checkDerivationPath(path(), storeDir);
    reader.skip(",");
    if (reader.isAt("(")) throw dynamicError(input);
    const names = strings();
    reader.skip(")");
    return [input, names] as const;
  });
  const next = <T>(read: () => T): T => {
    reader.skip(",");
    return read();
  };
  const derivation = {
    name,
    outputs: mapOf(outputs, "output"),
    inputDrvs: mapOf(inputDrvs, "input"),
    inputSrcs: next(() => reader.readList(path)),
    system: next(reader.readText),
    builder: next(reader.readText),
    args: next(strings),
    env: mapOf(next(() => reader.readList(() => readPair(reader))), "variable"),
  };
  reader.skip(")");
  reader.finish();
  return derivation;
}

const VERSIONED = "DrvWithVersion(";

function skipBeginning(reader: AtermReader): void {
  if (!reader.isAt(VERSIONED)) {
    if (!reader.isAt("D")) throw derivationError("it is not a derivation");
    reader.skip("Derive(");
    return;
  }
  reader.skip(VERSIONED);
  const version = reader.readText();
  if (version !== "xp-dyn-drv") {
    const what = `it has the format ${quoteName(version)}, which is not known`;
    throw new NixociError("UNSUPPORTED", what, { hint: "there may be a newer nixoci" });
  }
  reader.skip(",");
}

function readPair(reader: AtermReader): readonly [string, string] {
  reader.skip("(");
  const name = reader.readText();
  reader.skip(",");
  const value = reader.readText();
  reader.skip(")");
  return [name, value];
}

function readOutput(
  reader: AtermReader,
  storeDir: string,
): readonly [string, DerivationOutput] {
  reader.skip("(");
  const [name = "", path = "", hashing = "", hash = ""] = [0, 1, 2, 3].map((field) => {
    if (field > 0) reader.skip(",");
    return reader.readText();
  });
  reader.skip(")");
  return [name, parseOutput(path, hashing, hash, storeDir)];
}

/** Parses the fields of an output; which of them are empty tells its kind. */
function parseOutput(
  path: string,
  hashing: string,
  hash: string,
  storeDir: string,
): DerivationOutput {
  if (hashing === "") {
    if (hash !== "") throw derivationError("an output has a hash, but not its algorithm");
    if (path === "") return { kind: "deferred" };
    return { kind: "input-addressed", path: checkPath(path, storeDir) };
  }
  const how = parseHashing(hashing);
  const isKnown = hash !== "" && hash !== "impure";
  if (isKnown) {
    const digits = checkHash(hash, how.algorithm);
    return { kind: "fixed", path: checkPath(path, storeDir), ...how, hash: digits };
  }
  if (path !== "") throw derivationError("an output has a path that its content has to give it");
  return { kind: hash === "" ? "floating" : "impure", ...how };
}
