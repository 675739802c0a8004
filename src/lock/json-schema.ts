/** Makes the lockfile's JSON Schema from the schema that checks it. */
import * as z from "zod/mini";
import { lockSchema } from "./schema.ts";

/**
 * Creates the lockfile's JSON Schema (draft 2020-12).
 * @example
 * ```ts
 * import { lock } from "nixoci";
 * console.log(lock.createLockJsonSchema()["title"]); // nixoci.lock.json
 * ```
 */
export function createLockJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(lockSchema);
  return {
    $schema,
    $id: "urn:nixoci:lock:1",
    title: "nixoci.lock.json",
    description: "Container images, pinned by digest. Written by `nixoci lock`.",
    ...rest,
  };
}
