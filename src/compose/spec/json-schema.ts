/** The published schema of a SPEC. */
import * as z from "zod/mini";
import { pipelineSchema } from "../../layering/pipeline/schema.ts";
import { specSchema } from "./spec.ts";

// A build says itself what is wrong with a pipeline, with the place in it.
const published = z.extend(specSchema, {
  layeringPipeline: z.nullish(pipelineSchema).check(
    z.describe("How paths are grouped into layers, as nixpkgs' layeringPipeline"),
  ),
});

/** JSON Schema of a SPEC (draft 2020-12), for editors and other programs. */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(published, { io: "input" });
  return { $schema, title: "What nixoci builds an image of", ...schema };
}
