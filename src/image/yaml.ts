/** Files that people write: YAML, of which JSON is a part, with the lines that its values stand in. */
import { LineCounter, parseDocument } from "yaml";
import type * as z from "zod/mini";
import { NixociError, reasonOf } from "../base/errors.ts";
import { findNearest } from "../base/nearest.ts";
import { parseInEnglish } from "./documents/schemas.ts";

/** The keys and positions that lead to a value. */
export type Path = readonly PropertyKey[];

/** Finds the line of the value that a path leads to: `mirror.yaml:12`. */
export type FindLine = (path: Path) => string;

/** A file's value, and where its parts stand. */
export interface YamlDocument {
  readonly value: unknown;
  /** Returns where the value of the path stands, or what is nearest above it: `mirror.yaml:12`. */
  readonly whereIs: FindLine;
  /** The place of a key that was there before: which of them counts, readers do not agree on. */
  readonly twice?: string;
}

/** Refuses a document with a key that is there twice. @throws NixociError `MALFORMED`. */
export function refuseTwice({ twice }: YamlDocument): void {
  if (twice === undefined) return;
  throw new NixociError("MALFORMED", `${twice}: this key is there twice`, {
    hint: "leave one of them out",
  });
}

/** Leaves out fields whose names begin with `x-`: they only hold what others repeat. */
export function omitNotes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(omitNotes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key]) => !key.startsWith("x-"))
      .map(([key, inner]) => [key, omitNotes(inner)]),
  );
}

// A file with ten aliases in each other would be as large as memory.
const MAX_ALIASES = 1000;

/**
 * Parses a file.
 * @param name what it is called in messages.
 * @throws NixociError `MALFORMED`, with the line.
 */
export function parseYaml(text: string, name: string): YamlDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false });
  const hasLines = text.trimEnd().includes("\n");
  const lineOf = (offset: number) =>
    hasLines ? `${name}:${lineCounter.linePos(offset).line}` : name;
  const isTwice = ({ code }: { readonly code: string }) => code === "DUPLICATE_KEY";
  const error = document.errors.find((error) => !isTwice(error));
  if (error !== undefined) {
    throw new NixociError("MALFORMED", `${lineOf(error.pos[0])}: ${error.message}`);
  }
  const twice = document.errors.find(isTwice);
  const rangeOf = (path: Path): number | undefined => {
    const node = document.getIn(path, true) as { readonly range?: readonly number[] } | undefined;
    return node?.range?.[0];
  };
  return {
    value: readValue(),
    ...twice && { twice: lineOf(twice.pos[0]) },
    whereIs(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = rangeOf(path.slice(0, length));
        if (offset !== undefined) return lineOf(offset);
      }
      return name;
    },
  };

  function readValue(): unknown {
    try {
      return document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (cause) {
      throw new NixociError("MALFORMED", `${name}: ${reasonOf(cause)}`, { cause });
    }
  }
}

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
  { whereIs }: YamlDocument,
  { under = [], known = [] }: FieldsOptions = {},
): T {
  const result = parseInEnglish(schema, value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = [...under, ...issue.path];
  const shown = path.length === 0 ? "the file" : path.map(String).join(".");
  if (issue.code !== "unrecognized_keys") {
    throw new NixociError("MALFORMED", `${whereIs(path)}: ${shown}: ${issue.message}`);
  }
  const key = issue.keys[0]!;
  const near = findNearest(key, known);
  const message = `${whereIs([...path, key])}: ${JSON.stringify(key)} is not a field of ${shown}`;
  throw new NixociError("MALFORMED", message, {
    hint: near === undefined ? "take it out" : `did you mean ${near}?`,
  });
}
