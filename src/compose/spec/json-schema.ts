/** The published schema of a SPEC. */
import * as z from "zod/mini";
import { FEATURES } from "../features/mod.ts";
import * as is from "./kinds.ts";
import { specSchema } from "./spec.ts";

/**
 * Returns the JSON Schema of a SPEC (draft 2020-12), for editors and other programs.
 * @example
 * ```ts
 * import { createSpecJsonSchema } from "nixoci";
 * console.log(createSpecJsonSchema()["title"]); // What nixoci builds an image of
 * ```
 */
export function createSpecJsonSchema(): Record<string, unknown> {
  const others = FEATURES.map((feature) => feature.published?.(is));
  const published = z.extend(specSchema, Object.assign({}, ...others));
  const { $schema, ...schema } = z.toJSONSchema(published, { io: "input" });
  return { $schema, title: "What nixoci builds an image of", ...schema };
}
