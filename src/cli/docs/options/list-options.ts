/** The fields of a SPEC with those in them, by their paths. */
import { findOutcome } from "./becomes.ts";
import { describeType, type SchemaNode, typesOf } from "./schema.ts";

/** A field of a SPEC, for those who look it up. */
export interface SpecOption {
  /** Such as `users.<name>.uid` and `layers[].deps`. */
  readonly path: string;
  readonly type: string;
  readonly means: string;
  /** The thing that it is found as in the image. */
  readonly becomes: string | undefined;
  readonly usual: unknown;
  readonly example: unknown;
  readonly isNeeded: boolean;
}

/** Lists the fields, each before those that are in it. A field that may hold itself is not opened again. */
export function listOptions(schema: SchemaNode): SpecOption[] {
  return listFields(schema, "", schema.$defs, []);
}

function listFields(
  node: SchemaNode,
  above: string,
  definitions: SchemaNode["$defs"],
  open: readonly SchemaNode[],
): SpecOption[] {
  return Object.entries(node.properties ?? {}).filter(([name]) => name !== "$schema")
    .flatMap(([name, field]) => {
      const path = above === "" ? name : `${above}.${name}`;
      const isNeeded = node.required?.includes(name) ?? false;
      return [
        createOption(path, field, isNeeded, definitions),
        ...listInner(field, path, definitions, open),
      ];
    });
}

function listInner(
  field: SchemaNode,
  path: string,
  definitions: SchemaNode["$defs"],
  open: readonly SchemaNode[],
): SpecOption[] {
  const isOpen = (one: SchemaNode) => open.some((other) => isSameInside(one, other));
  return typesOf(field, definitions).filter((one) => !isOpen(one)).flatMap((one) => {
    const further = [...open, one];
    const others = typeof one.additionalProperties === "object" ? one.additionalProperties : {};
    return [
      ...listFields(one, path, definitions, further),
      ...listInner(others, `${path}.<name>`, definitions, further),
      ...one.items === undefined ? [] : listInner(one.items, `${path}[]`, definitions, further),
    ];
  });
}

/** Tells whether two types are one that was written with and without `null`. */
function isSameInside(one: SchemaNode, other: SchemaNode): boolean {
  return one.properties === other.properties && one.items === other.items &&
    one.additionalProperties === other.additionalProperties;
}

function createOption(
  path: string,
  field: SchemaNode,
  isNeeded: boolean,
  definitions: SchemaNode["$defs"],
): SpecOption {
  return {
    path,
    type: describeType(field, definitions),
    means: field.description ?? "",
    becomes: findOutcome(path),
    usual: field.default,
    example: field.examples?.[0] ?? guessExample(field, definitions),
    isNeeded,
  };
}

/** Returns a value that says what the field is for, where any other would do as well. */
function guessExample(field: SchemaNode, definitions: SchemaNode["$defs"]): unknown {
  const [first] = typesOf(field, definitions);
  if (first?.enum !== undefined) return first.enum.at(-1);
  if (first?.type === "boolean") return field.default !== true;
  return undefined;
}
