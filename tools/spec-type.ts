/**
 * Writes the type of a SPEC out, from its schema: those who import it read what a field means in
 * their editor, and no schema is checked to learn its type (which JSR asks for: no "slow types").
 */
import * as z from "zod/mini";
import { specSchema } from "../src/compose/spec/spec.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const HEAD =
  "/** The type of a SPEC, made by `npm run docs` from the fields in src/compose/features. */\n";

/** Writes the module. */
export function createSpecType(): string {
  const { $defs = {}, ...spec } = z.toJSONSchema(specSchema, {
    io: "input",
    unrepresentable: "any",
  }) as Schema;
  // The one type that has itself within it: a layer, or the file that describes some.
  const [explicit, ...others] = Object.entries($defs);
  const layer = explicit?.[1].anyOf?.find(({ properties }) => properties !== undefined);
  if (layer === undefined || others.length > 0) throw new Error("name the new type here");
  return [
    HEAD,
    "/** A SPEC as it is written. */",
    `export type Spec = ${write(spec)};\n`,
    "/** An explicit layer of a SPEC. */",
    `export interface LayerSpec ${write(layer)}`,
    "",
  ].join("\n");
}

/** Writes the type of a value. */
function write(schema: Schema): string {
  const { type, items, anyOf, $ref } = schema;
  if ($ref !== undefined) return "string | LayerSpec";
  if (anyOf !== undefined) return [...new Set(anyOf.map(write))].join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (typeof type === "object") return type.map((type) => write({ ...schema, type })).join(" | ");
  if (type === "array") return writeList(write(items!));
  if (type === "integer") return "number";
  return type === "object" ? writeObject(schema) : type ?? "unknown";
}

function writeList(item: string): string {
  return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
}

function writeObject({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    `${writeComment(schema)}${name}${required.includes(name) ? "" : "?"}: ` +
    `${write(schema)}${required.includes(name) ? "" : " | undefined"};`
  );
  if (typeof additionalProperties !== "object") return `{\n${fields.join("\n")}\n}`;
  // TypeScript cannot say "all other names", so that those may have any of the types.
  const types = [additionalProperties, ...Object.values(properties)].map(write);
  const isWhole = Object.keys(properties).every((name) => required.includes(name));
  const others = [...new Set([...types, ...(isWhole ? [] : ["undefined"])])].join(" | ");
  return `{\n${[...fields, `[name: string]: ${others};`].join("\n")}\n}`;
}

function writeComment({ description }: Schema): string {
  return description === undefined ? "" : `/** ${description.replaceAll("*/", "*\\/")} */\n`;
}
