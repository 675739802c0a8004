/**
 * Reads the attributes of a derivation that mean something to Nix itself.
 * @see https://nix.dev/manual/nix/latest/language/advanced-attributes
 */
import { quoteName } from "../../../tar/name.ts";
import { type Derivation, derivationError, STRUCTURED } from "../derivation.ts";
import { isJsonObject, type JsonValue, parseJsonValue } from "../json/value.ts";

/** Attributes that are structured, by their names. */
export type StructuredAttributes = Readonly<Record<string, JsonValue>>;

/** Attributes that say how a derivation is built. */
export interface DerivationOptions {
  /** Attributes that are JSON rather than variables. */
  readonly structured: StructuredAttributes | undefined;
  /** Names of outputs in the order that the derivation gives them. */
  readonly outputs: readonly string[];
  /** Variables that become files. */
  readonly passAsFile: readonly string[];
  /** Variables that come from outside, where the content of the outputs is known. */
  readonly impureEnvVars: readonly string[];
  /** Names of files, or of attributes, that get the closures of these paths. */
  readonly exportReferencesGraph: ReadonlyMap<string, readonly string[]>;
}

/** Reads the attributes. @throws NixociError `MALFORMED` when structured ones are not JSON. */
export function readDerivationOptions(derivation: Derivation): DerivationOptions {
  const { env, name } = derivation;
  const json = env.get(STRUCTURED);
  const structured = json === undefined ? undefined : parseJsonValue(json, `the JSON of ${name}`);
  if (structured !== undefined && !isJsonObject(structured)) {
    throw derivationError(`the JSON of ${name} is not an object`);
  }
  const listOf = (key: string) =>
    structured === undefined ? splitWords(env.get(key)) : textsOf(structured[key]);
  const graphs = structured === undefined
    ? pairGraphs(splitWords(env.get("exportReferencesGraph")))
    : graphsOf(structured.exportReferencesGraph);
  checkGraphNames(graphs);
  const outputs = listOf("outputs").filter((output) => derivation.outputs.has(output));
  return {
    structured,
    outputs: [...new Set([...outputs, ...derivation.outputs.keys()])],
    // With structured attributes it is ignored, for nothing is too long in a file.
    passAsFile: structured === undefined ? listOf("passAsFile") : [],
    impureEnvVars: listOf("impureEnvVars"),
    exportReferencesGraph: graphs,
  };
}

function splitWords(text = ""): string[] {
  return text.split(/[ \t\n\r]+/).filter((word) => word !== "");
}

/** Returns the texts of a value, in whatever lists they are. */
function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.flatMap(textsOf) : [];
}

/** Reads a name and a path in turn. */
function pairGraphs(words: readonly string[]): Map<string, readonly string[]> {
  if (words.length % 2 !== 0) throw derivationError("exportReferencesGraph lacks a path");
  const names = words.filter((_, i) => i % 2 === 0);
  return new Map(names.map((name, i) => [name, [words[2 * i + 1]!]]));
}

function graphsOf(value: JsonValue | undefined): Map<string, readonly string[]> {
  const graphs = isJsonObject(value) ? Object.entries(value) : [];
  return new Map(graphs.map(([name, paths]) => [name, textsOf(paths)]));
}

/** Refuses names that would lead out of the build's folder, as Nix does. */
function checkGraphNames(graphs: ReadonlyMap<string, readonly string[]>): void {
  const wrong = [...graphs.keys()].find((name) => !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name));
  if (wrong !== undefined) {
    throw derivationError(
      `exportReferencesGraph has a name that is not a file's: ${quoteName(wrong)}`,
    );
  }
}
