/** The values that the shapes of results are made of. */
import * as z from "zod/mini";

export const text = z.string();

export const count = z.int().check(z.gte(0));

export const digest = z.templateLiteral([z.enum(["sha256", "sha512"]), ":", z.string()]);

/** Adds what a reader should know of a field. */
export function addNote<Shape extends z.ZodMiniType>(shape: Shape, description: string): Shape {
  const noted = z.clone(shape);
  z.globalRegistry.add(noted, { description });
  return noted;
}

export const descriptor = z.looseObject({ mediaType: text, digest, size: addNote(count, "bytes") });

export const platform = z.looseObject({
  os: z.optional(text),
  architecture: z.optional(text),
  variant: z.optional(text),
});

export const blobKind = z.enum(["manifest", "config", "layer", "blob"]);

export const strings = z.array(text);

export const annotations = z.optional(z.record(text, text));
