/** The lockfile's JSON Schema, which is made from what checks it. */
import * as z from "zod/mini";
import { lockSchema } from "./schema.ts";

/** The schema as a document of its own (draft 2020-12). */
export function lockJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(lockSchema);
  return {
    $schema,
    $id: "urn:nixoci:lock:1",
    title: "nixoci.lock.json",
    description: "Container images, pinned by digest. Written by `nixoci lock`.",
    ...rest,
  };
}
