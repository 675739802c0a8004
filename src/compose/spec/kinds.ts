/**
 * The types of a SPEC's fields: zod's, with messages of ours. Features are handed this module
 * when a SPEC is read, for zod is slow to load, and `--help` needs none.
 */
import * as z from "zod/mini";
import { normalizeTime } from "../../image/config/time.ts";
import { pipelineSchema } from "../../layering/pipeline/schema.ts";

/** Whatever else the published schema says of a field. */
export interface FieldNotes {
  /** The value that leaving it out is as good as, where that is always the same. */
  readonly usual?: unknown;
  readonly example?: unknown;
}

/** A field that may be left out (`null` is as good), with what it means, for the published schema. */
export const field = <T extends z.ZodMiniType>(
  type: T,
  means: string,
  { usual, example }: FieldNotes = {},
) =>
  z.nullish(type).check(z.meta({
    description: means,
    ...(usual !== undefined && { default: usual }),
    ...(example !== undefined && { examples: [example] }),
  }));

/** A part that has to be there, with what it means. */
export const needed = <T extends z.ZodMiniType>(type: T, means: string) =>
  type.check(z.describe(means));

export const text = z.string("must be a string");
export const filled = text.check(z.minLength(1, "must not be empty"));
export const flag = z.boolean("must be true or false");
export const path = filled;
export const paths = z.union([path, z.array(path, "must be a path or a list of paths")]);
export const texts = z.record(text, text, "must be an object of strings");
export const anything = z.unknown();

/** A whole number, this one or more. */
export const whole = (least: number) =>
  z.int(`must be a whole number, ${least} or more`)
    .check(z.minimum(least, `must be a whole number, ${least} or more`));

/** Seconds, or parts of one. */
export const seconds = z.number("must be a number of seconds")
  .check(z.minimum(0, "must be a number of seconds, 0 or more"));

/** A niceness, as `nice` takes it. */
export const nice = z.int("must be a whole number from -20 to 19")
  .check(z.minimum(-20, "must be -20 or more"), z.maximum(19, "must be 19 or less"));

/** A text of this form. */
export const matching = (form: RegExp, message: string) => text.check(z.regex(form, message));

/** One of some words. */
export const oneOf = <const T extends readonly string[]>(words: T, message: string) =>
  z.enum(words, message);

/** An object of these fields and no others. */
export const object = <T extends z.core.$ZodLooseShape>(fields: T, message: string) =>
  z.strictObject(fields, message);

/** An object whose fields, of any name, have one type. */
export const record = <T extends z.ZodMiniType>(of: T, message: string) =>
  z.record(text, of, message);

/** An object of some fields, and of others of any name, which have one type. */
export const named = <
  T extends z.core.$ZodLooseShape,
  Other extends z.ZodMiniType,
>(fields: T, other: Other, message: string) =>
  z.catchall(z.object(fields, message), other) as unknown as z.ZodMiniType<NamedFields<T, Other>>;

/** TypeScript cannot say "all other names", so that those may have any of the types. */
type NamedFields<T extends z.core.$ZodLooseShape, Other extends z.ZodMiniType> =
  & z.infer<z.ZodMiniObject<T>>
  & {
    [name: string]: z.infer<Other> | z.infer<z.ZodMiniObject<T>>[keyof z.infer<z.ZodMiniObject<T>>];
  };

/** An object of any fields. */
export const mapping = (message: string) => z.record(text, anything, message);

export const list = <T extends z.ZodMiniType>(of: T, message: string) => z.array(of, message);

/** Either of two types. */
export const either = <A extends z.ZodMiniType, B extends z.ZodMiniType>(a: A, b: B) =>
  z.union([a, b]);

/** A time. */
export const moment = text.check(
  z.refine(isTime, "must be a time such as 2026-01-31T12:00:00Z"),
);

/** A time, or the one when it is read. */
export const time = text.check(z.refine(
  (value) => value === "now" || isTime(value),
  'must be "now" or a time such as 2026-01-31T12:00:00Z',
));

/** The operations of a layering pipeline, as the published schema has them. */
export const pipeline = pipelineSchema;

function isTime(value: unknown): boolean {
  return typeof value === "string" && normalizeTime(value) !== undefined;
}
