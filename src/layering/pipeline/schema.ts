/**
 * Describes a pipeline's shape for a published JSON Schema. `checkPipeline` says what is wrong with
 * one, and where; both take the operations from the same table.
 */
import * as z from "zod/mini";
import type { ArgumentKind } from "./arguments.ts";
import { OPERATIONS } from "./operations.ts";
import type { Pipeline } from "./mod.ts";
import { PARTS } from "./value.ts";

const text = z.string();
const texts = z.array(text);
const textOrTexts = z.union([text, texts]);

const kinds: Readonly<Record<ArgumentKind, () => z.ZodMiniType>> = {
  count: () => z.int().check(z.minimum(1)),
  part: () => z.enum(PARTS),
  paths: () => texts,
  pathOrPaths: () => textOrTexts,
  splitPoints: () => z.array(z.union([text, z.strictObject({ children_of: textOrTexts })])),
  operation: () => operation,
  pipeline: () => pipelineSchema,
};

const operation: z.ZodMiniType = z.lazy(() =>
  z.union(
    Object.entries(OPERATIONS).map(([name, { takes }]) =>
      z.tuple([z.literal(name), ...takes.map((kind) => kinds[kind]())])
    ),
  )
);

/** The schema of a `layeringPipeline`. */
export const pipelineSchema: z.ZodMiniType<Pipeline> = z.array(
  operation,
) as z.ZodMiniType as z.ZodMiniType<Pipeline>;
