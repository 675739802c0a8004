/**
 * Parses what `nix derivation show` prints, in each of its forms.
 *
 * 1. up to Nix 2.22 (`nix show-derivation` before 2.15): paths, `hashAlgo: "r:sha256"`;
 * 2. from 2.23: `method` beside `hashAlgo`; from 2.30 `structuredAttrs`;
 * 3. in 2.32: `version: 3`, base names in the place of paths, no path of fixed outputs;
 * 4. from 2.33: `version: 4`, `inputs`, hashes as SRI, all of it below `derivations`.
 * @see https://nix.dev/manual/nix/latest/protocols/json/derivation
 */
import { NixociError, wrapError } from "../../../base/errors.ts";
import { STORE_DIR } from "../../formats/store-path.ts";
import { checkDerivationPath, checkPath } from "../checks.ts";
import { type Derivation, derivationError, dynamicError, STRUCTURED } from "../derivation.ts";
import { computeDerivationPath } from "../paths.ts";
import { objectOf, type ShownFields, textOf, textsOf } from "./fields.ts";
import { parseJsonOutput } from "./output.ts";
import {
  encodeJsonValue,
  isJsonObject,
  JsonNumber,
  type JsonValue,
  parseJsonValue,
} from "./value.ts";

/**
 * Parses derivations, by their store paths; or one that stands alone, as `nix derivation add` takes
 * it.
 * @throws NixociError `MALFORMED`; `UNSUPPORTED` for a version that is not known, and for dynamic
 * derivations.
 * @example
 * ```ts
 * import { formatDerivations, parseDerivation, parseDerivations } from "nixoci";
 *
 * const file = Buffer.from(`Derive([("out","","","")],[],[],"x86_64-linux","/bin/sh",[],[])`);
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-nothing.drv";
 * const json = formatDerivations(new Map([[path, parseDerivation(file, "nothing")]]), 4);
 * console.log(parseDerivations(json).get(path)?.builder); // /bin/sh
 * ```
 */
export function parseDerivations(
  text: string,
  storeDir: string = STORE_DIR,
): Map<string, Derivation> {
  const value = parseJsonValue(text, "it");
  if (!isJsonObject(value)) throw derivationError("it is not an object");
  if ("builder" in value && "outputs" in value) {
    const derivation = parseOne(value, undefined, storeDir);
    return new Map([[computeDerivationPath(derivation, storeDir), derivation]]);
  }
  const isWrapped = isJsonObject(value.derivations) && "version" in value;
  if (isWrapped) checkVersion(value);
  const all = isWrapped ? value.derivations as ShownFields : value;
  if (Object.keys(all).length === 0) throw derivationError("it has no derivations");
  return new Map(
    Object.entries(all).map(([key, fields]) => {
      const path = checkDerivationPath(wholePathOf(key, storeDir), storeDir);
      return [path, parseNamed(fields, path, storeDir)];
    }),
  );
}

function parseNamed(fields: JsonValue, path: string, storeDir: string): Derivation {
  try {
    if (!isJsonObject(fields)) throw derivationError("it is not an object");
    return parseOne(fields, path.slice(storeDir.length + 34, -".drv".length), storeDir);
  } catch (error) {
    throw wrapError(error, path);
  }
}

function parseOne(fields: ShownFields, known: string | undefined, storeDir: string): Derivation {
  checkVersion(fields);
  checkKeys(fields);
  const name = known ?? textOf(fields.name, "name");
  const inputs = isJsonObject(fields.inputs) ? fields.inputs : undefined;
  const drvs = objectOf(inputs === undefined ? fields.inputDrvs : inputs.drvs, "input derivations");
  const env = Object.entries(objectOf(fields.env, "env"));
  const texts = env.map(([key, value]) => [key, textOf(value, "env")] as const);
  return {
    name,
    outputs: new Map(
      Object.entries(objectOf(fields.outputs, "outputs")).map(([output, one]) =>
        [output, parseJsonOutput(objectOf(one, "outputs"), { name, output, storeDir })] as const
      ),
    ),
    inputDrvs: new Map(
      Object.entries(drvs).map(([key, value]) => {
        const path = checkDerivationPath(wholePathOf(key, storeDir), storeDir);
        return [path, outputsOf(value, path)];
      }),
    ),
    inputSrcs: textsOf(inputs === undefined ? fields.inputSrcs : inputs.srcs, "input sources")
      .map((path) => checkPath(wholePathOf(path, storeDir), storeDir)),
    system: textOf(fields.system, "system"),
    builder: textOf(fields.builder, "builder"),
    args: textsOf(fields.args, "args"),
    env: new Map([...texts, ...structuredOf(fields)]),
  };
}

const KEYS = new Set([
  ...["args", "builder", "env", "name", "outputs", "structuredAttrs", "system", "version"],
  ...["inputDrvs", "inputSrcs", "inputs"],
]);

function checkKeys(fields: ShownFields): void {
  const other = Object.keys(fields).find((key) => !KEYS.has(key));
  if (other !== undefined) {
    throw derivationError(`it has a field that is not known: ${JSON.stringify(other)}`);
  }
}

/** Refuses versions that came after those that are known. */
function checkVersion({ version }: ShownFields): void {
  if (version === undefined) return;
  const text = version instanceof JsonNumber ? version.text : "";
  if (text === "3" || text === "4") return;
  const shown = /^\d{1,9}$/.test(text) ? text : "that is not a number";
  throw new NixociError("UNSUPPORTED", `its version ${shown} is not known`, {
    hint: "versions 3 and 4 are read, and what Nix printed before there were versions",
  });
}

/** Returns attributes that are structured as the variable that holds them in `.drv` files. */
function structuredOf({ structuredAttrs, env }: ShownFields): [string, string][] {
  if (structuredAttrs === undefined) return [];
  if (isJsonObject(env) && STRUCTURED in env) {
    throw derivationError(`it has both structuredAttrs and ${STRUCTURED}`);
  }
  return [[STRUCTURED, encodeJsonValue(objectOf(structuredAttrs, "structuredAttrs"))]];
}

/** Reads the outputs that are needed of an input: a list, or one beside the dynamic ones. */
function outputsOf(value: JsonValue, path: string): string[] {
  if (!isJsonObject(value)) return textsOf(value, "input derivations");
  const { outputs, dynamicOutputs = {} } = value;
  if (Object.keys(objectOf(dynamicOutputs, "dynamicOutputs")).length > 0) throw dynamicError(path);
  return textsOf(outputs, "input derivations");
}

/** Returns the path that a base name stands for. */
function wholePathOf(text: string, storeDir: string): string {
  return text.startsWith("/") ? text : `${storeDir}/${text}`;
}
