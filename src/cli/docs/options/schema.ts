/** JSON Schema, as far as that of a SPEC uses it, and what its types are called in a document. */

/** A part of a schema. */
export interface SchemaNode {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

/** Returns the types that a value may have: `null` says nothing, and references are followed. */
export function typesOf(node: SchemaNode, definitions: SchemaNode["$defs"]): SchemaNode[] {
  if (node.$ref !== undefined) {
    return typesOf(definitions?.[node.$ref.split("/").at(-1)!] ?? {}, definitions);
  }
  if (node.anyOf !== undefined) return node.anyOf.flatMap((one) => typesOf(one, definitions));
  if (Array.isArray(node.type)) {
    return node.type.filter((type) => type !== "null").map((type) => ({ ...node, type }));
  }
  return node.type === "null" ? [] : [node];
}

/** Says which values a field may have: `a string, or a list of strings`. */
export function describeType(node: SchemaNode, definitions: SchemaNode["$defs"]): string {
  const words = typesOf(node, definitions).map((one) => describeOne(one, definitions));
  return [...new Set(words)].join(", or ");
}

function describeOne(node: SchemaNode, definitions: SchemaNode["$defs"]): string {
  if (node.enum !== undefined) return node.enum.map((one) => JSON.stringify(one)).join(", ");
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.type === "boolean") return "true or false";
  if (node.type === "integer") return `a whole number${describeBounds(node)}`;
  if (node.type === "number") return `a number${describeBounds(node)}`;
  if (node.type === "string") return "a string";
  if (node.type === "array") {
    const items = typesOf(node.items ?? {}, definitions);
    return items.length > 0 && items.every(({ type }) => type === "string")
      ? "a list of strings"
      : "a list of objects";
  }
  return node.type === "object" ? describeObject(node) : "anything";
}

/** The largest whole number that JSON can say, which a schema names where there is no bound. */
const LARGEST = Number.MAX_SAFE_INTEGER;

function describeBounds({ minimum = 0, maximum = LARGEST }: SchemaNode): string {
  return maximum < LARGEST ? ` from ${minimum} to ${maximum}` : `, ${minimum} or more`;
}

function describeObject({ properties, additionalProperties: others }: SchemaNode): string {
  if (properties !== undefined) return "an object";
  return typeof others === "object" && others.type === "string"
    ? "an object of strings"
    : "an object";
}
