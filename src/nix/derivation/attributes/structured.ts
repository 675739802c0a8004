/**
 * Formats structured attributes as the files that Nix gives to builders: `.attrs.json`, and what
 * Bash can hold of it, `.attrs.sh`.
 * @see https://nix.dev/manual/nix/latest/store/derivation/#structured-attrs
 */
import { compareBytes } from "../derivation.ts";
import { isJsonObject, isWholeNumber, JsonNumber, type JsonValue } from "../json/value.ts";
import type { StructuredAttributes } from "./options.ts";

/** A variable of Bash, with the kind that it has. */
export type ShellVariable =
  | { readonly type: "var"; readonly value: string }
  | { readonly type: "array"; readonly value: readonly string[] }
  | { readonly type: "associative"; readonly value: readonly (readonly [string, string])[] };

/** Returns a text as a word of a shell. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Tells whether shells can have a variable of this name. */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Returns the variables that Bash can hold: simple values, and lists and tables of these. */
export function shellVariablesOf(attributes: StructuredAttributes): Map<string, ShellVariable> {
  return readVariables(attributes, textOf);
}

/** Formats `.attrs.sh`. */
export function formatShellAttributes(attributes: StructuredAttributes): string {
  const lines = [...readVariables(attributes, wordOf)].map(([name, variable]) => {
    switch (variable.type) {
      case "var":
        return `declare ${name}=${variable.value}\n`;
      case "array":
        return `declare -a ${name}=(${variable.value.map((word) => `${word} `).join("")})\n`;
      case "associative":
        return `declare -A ${name}=(${
          variable.value.map(([key, word]) => `[${quoteWord(key)}]=${word} `).join("")
        })\n`;
    }
  });
  return lines.join("");
}

/** Writes a simple value; nothing for others. */
type WriteSimple = (value: JsonValue) => string | undefined;

function readVariables(
  attributes: StructuredAttributes,
  write: WriteSimple,
): Map<string, ShellVariable> {
  const variables = new Map<string, ShellVariable>();
  for (const name of Object.keys(attributes).filter(isVariableName).sort()) {
    const variable = variableOf(attributes[name]!, write);
    if (variable !== undefined) variables.set(name, variable);
  }
  return variables;
}

function variableOf(value: JsonValue, write: WriteSimple): ShellVariable | undefined {
  const simple = write(value);
  if (simple !== undefined) return { type: "var", value: simple };
  if (Array.isArray(value)) {
    const texts = value.map(write);
    const isFlat = texts.every((text) => text !== undefined);
    return isFlat ? { type: "array", value: texts } : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const entries: [string, string][] = [];
  for (const key of Object.keys(value).sort(compareBytes)) {
    const text = write(value[key]!);
    if (text === undefined) return undefined;
    entries.push([key, text]);
  }
  return { type: "associative", value: entries };
}

/** Returns a simple value as a word of a shell; numbers and truth need no quotes. */
function wordOf(value: JsonValue): string | undefined {
  const text = textOf(value);
  const isQuoted = typeof value === "string" || value === null;
  return text !== undefined && isQuoted ? quoteWord(text) : text;
}

function textOf(value: JsonValue): string | undefined {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "1" : "";
  return value instanceof JsonNumber ? wholeOf(value.text) : undefined;
}

/** Returns a whole number as Nix writes it, cut to 32 bits; nothing for others. */
function wholeOf(text: string): string | undefined {
  if (isWholeNumber(text)) return BigInt.asIntN(32, BigInt(text)).toString();
  const number = Number(text);
  const single = Math.fround(number);
  if (!Number.isFinite(single) || Math.ceil(single) !== single) return undefined;
  const whole = Math.trunc(number);
  return String(Math.abs(whole) < 2 ** 31 ? whole : -(2 ** 31));
}
