/** Writes schemas as TypeScript writes types, which most readers know. */
import * as z from "zod/mini";

/** A schema of any value. */
export type AnyShape = z.ZodMiniType;

/** The parts of JSON Schema that our shapes use. */
interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
}

/** Writes the type of a shape. */
export function formatType(shape: AnyShape): string {
  return formatTypeText(z.toJSONSchema(shape, { reused: "inline" }) as JsonSchema, "");
}

/** Returns what is noted of a shape as a whole. */
export function describeShape(shape: AnyShape): string | undefined {
  return z.globalRegistry.get(shape)?.description;
}

function formatTypeText(schema: JsonSchema, indent: string): string {
  const any = schema.anyOf ?? schema.oneOf;
  if (any !== undefined) return any.map((one) => formatTypeText(one, indent)).join(" | ");
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.type === "integer") return "number";
  if (schema.type === "array") return formatArray(formatTypeText(schema.items ?? {}, indent));
  if (schema.type === "object") return formatObject(schema, indent);
  if (schema.pattern?.startsWith("^(sha256")) return "Digest";
  return schema.type ?? "unknown";
}

function formatArray(of: string): string {
  return of.includes(" | ") && !of.startsWith("{") ? `(${of})[]` : `${of}[]`;
}

function formatObject(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  indent: string,
): string {
  if (isDescriptor(properties)) return "Descriptor";
  if (Object.keys(properties).length === 0) {
    const value = typeof additionalProperties === "object" ? additionalProperties : {};
    return `Record<string, ${formatTypeText(value, indent)}>`;
  }
  const within = indent + "  ";
  const fields = Object.entries(properties).map(([name, field]) => {
    const comment = field.description === undefined ? "" : ` // ${field.description}`;
    const mark = required.includes(name) ? "" : "?";
    return `${within}${name}${mark}: ${formatTypeText(field, within)};${comment}\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}

function isDescriptor(properties: object): boolean {
  return Object.keys(properties).sort().join() === "digest,mediaType,size";
}
