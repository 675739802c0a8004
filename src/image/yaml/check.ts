/** Checks what people write in YAML against a schema, and says what is wrong, and where. */
import type * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { findNearest } from "../../base/nearest.ts";
import { parseInEnglish } from "../documents/schemas.ts";
import type { Path, YamlDocument } from "./parse.ts";

/** A place in a document, and the schema of what should be there. */
interface FieldsOptions {
  /** The path of the value in the document. */
  readonly under?: Path;
  /** The names of fields that are there, for a word that is nearly one. */
  readonly known?: readonly string[];
}

/**
 * Checks a value against a schema, and returns what the schema makes of it.
 * @throws NixociError `MALFORMED`, with the line of the first thing that is wrong.
 */
export function checkYamlFields<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  document: YamlDocument,
  { under = [], known = [] }: FieldsOptions = {},
): T {
  const result = parseInEnglish(schema, value);
  if (result.success) return result.data;
  const issue = chooseIssue(result.error.issues[0]!);
  const path = [...under, ...issue.path];
  const shown = path.length === 0 ? "the file" : path.map(String).join(".");
  const { whereIs } = document;
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const near = findNearest(key, known);
    const message = `${whereIs([...path, key])}: ${JSON.stringify(key)} is not a field of ${shown}`;
    throw new NixociError("MALFORMED", message, {
      hint: near === undefined ? "take it out" : `did you mean ${near}?`,
    });
  }
  const { problem, hint } = describeIssue(issue, {
    value: findValue(value, issue.path),
    written: document.writtenAt(path),
  });
  throw new NixociError("MALFORMED", `${whereIs(path)}: ${shown}${problem}`, { hint });
}

type Issue = z.core.$ZodIssue;

/** Returns the issue that matters: of a choice, that of the alternative which was probably meant. */
function chooseIssue(issue: Issue): Issue {
  if (issue.code !== "invalid_union" || hasOwnWords(issue)) return issue;
  const firsts = issue.errors.flatMap(([first]) => first ?? []).map(chooseIssue);
  const isOfAnotherKind = ({ code, path }: Issue) => code === "invalid_type" && path.length === 0;
  const meant = firsts.find((first) => !isOfAnotherKind(first));
  if (meant !== undefined) return { ...meant, path: [...issue.path, ...meant.path] };
  const kinds = firsts.flatMap((first) => first.code === "invalid_type" ? first.expected : []);
  return { ...issue, code: "invalid_type", expected: kinds.map(nameKind).join(" or ") };
}

/** Tells whether the schema itself says what should be there. */
function hasOwnWords({ message }: Issue): boolean {
  return !/^(?:Invalid |Too small)/.test(message);
}

/** A value that is wrong. */
interface WrongValue {
  readonly value: unknown;
  /** As it stands in the file. */
  readonly written: string | undefined;
}

function describeIssue(
  issue: Issue,
  { value, written }: WrongValue,
): { readonly problem: string; readonly hint?: string } {
  if (issue.code === "too_small" && issue.origin === "array" && !hasOwnWords(issue)) {
    return { problem: " is an empty list", hint: "write what is meant, or leave it out" };
  }
  if (issue.code !== "invalid_type" || hasOwnWords(issue)) {
    return { problem: `: ${issue.message.replace(/^Invalid \w+: /, "")}` };
  }
  const wanted = nameKind(issue.expected);
  if (value === undefined) return { problem: " is missing", hint: `it is to be ${wanted}` };
  const problem = ` is ${nameKind(kindOf(value))}, and is to be ${wanted}`;
  const text = written ?? (typeof value === "object" ? undefined : String(value));
  if (wanted.startsWith(TEXT) && text) return { problem, hint: `write it in quotes: "${text}"` };
  if (wanted.startsWith(LIST) && text) return { problem, hint: `write [${JSON.stringify(text)}]` };
  return { problem };
}

const [TEXT, LIST] = ["text", "a list"];

const KINDS: Readonly<Record<string, string>> = {
  string: TEXT,
  array: LIST,
  object: "a mapping of keys and values",
  record: "a mapping of keys and values",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
  null: "empty",
};

function nameKind(kind: string): string {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]! : kind;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function findValue(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}
