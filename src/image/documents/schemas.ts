/**
 * Checks the shapes of manifests, indexes and configs. Unknown fields are accepted; errors name the
 * path of what is wrong.
 */
import * as z from "zod/mini";
import { type Digest, isDigest } from "../../bytes/digest.ts";
import { NixociError } from "../../base/errors.ts";

// zod/mini: the same schemas in functions, so that a bundle holds what is used and starts quickly.
// Its settings are the whole program's: nothing here changes them.
const IN_ENGLISH = { error: z.locales.en().localeError };

/** Parses a value; says what is wrong in English, whatever language the program has set. */
export function parseInEnglish<T>(schema: z.ZodMiniType<T>, value: unknown) {
  return schema.safeParse(value, IN_ENGLISH);
}

const DIGEST_ERROR = "must be sha256: and 64 lower-case hex digits, or sha512: and 128";
const digest = z.custom<Digest>(isDigest, DIGEST_ERROR);

// What nobody has to verify may have an algorithm that nixoci does not know.
// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests
const OTHER_DIGEST = /^(?!sha(?:256|512):)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+$/;
const anyDigest = z.custom<Digest>(
  (value) => isDigest(value) || typeof value === "string" && OTHER_DIGEST.test(value),
  DIGEST_ERROR,
);

const size = z.number("must be a number").check(
  z.refine((n) => Number.isSafeInteger(n) && n >= 0, "must be a whole number of bytes, 0 or more"),
);

// RFC 6838, as the OCI specification asks of media types; artifacts bring parameters, too.
export const mediaTypeSchema = z.string().check(z.regex(
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}( ?;[ -~]{0,200})?$/,
  "must be a media type",
));

const text = z.string();
const optional = z.optional(text);
const orNull = z.nullish(text);
const annotations = z.record(text, text);

const platform = z.looseObject({
  os: text,
  architecture: text,
  variant: optional,
  "os.version": optional,
  "os.features": z.optional(z.array(text)),
});

const descriptor = z.looseObject({
  mediaType: mediaTypeSchema,
  digest,
  size,
  urls: z.optional(z.array(text)),
  annotations: z.optional(annotations),
  platform: z.optional(platform),
  artifactType: optional,
  data: optional,
});

// An entry that is never asked for needs neither a whole platform nor a digest that can be verified.
const entry = z.extend(descriptor, {
  digest: anyDigest,
  platform: z.optional(z.extend(platform, { os: optional, architecture: optional })),
});

// Engines stop at 128 layers; what has thousands is made to exhaust us.
const layers = z.array(descriptor).check(z.maxLength(2_000));

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.optional(mediaTypeSchema),
  artifactType: optional,
  subject: z.optional(entry),
  annotations: z.nullish(annotations),
};

/** An image manifest of either family; artifacts are written in it too. */
export const manifestSchema = z.looseObject({
  ...common,
  config: descriptor,
  layers,
});

/** An image index or manifest list. */
export const indexSchema = z.looseObject({ ...common, manifests: z.array(entry) });

/** The parts of an image config that nixoci itself needs; the rest is loose. */
export const configSchema = z.looseObject({
  architecture: optional,
  os: optional,
  variant: optional,
  "os.version": optional,
  created: orNull,
  author: orNull,
  config: z.nullish(z.looseObject({})),
  rootfs: z.looseObject({ type: optional, diff_ids: z.nullish(z.array(digest)) }),
  history: z.nullish(z.array(z.looseObject({
    created: orNull,
    created_by: orNull,
    comment: orNull,
    author: orNull,
    empty_layer: z.nullish(z.boolean()),
  }))),
});

export type ManifestJson = z.infer<typeof manifestSchema>;
export type IndexJson = z.infer<typeof indexSchema>;
export type ConfigJson = z.infer<typeof configSchema>;

/**
 * Checks that a value has the schema's shape, and returns the value itself, not zod's copy: order
 * and unknown fields stay.
 * @throws NixociError `MALFORMED`, naming the path and what should be there.
 */
export function checkShape<T>(schema: z.ZodMiniType<T>, value: unknown, what: string): T {
  const result = parseAny(schema, value, what);
  if (result.success) return value as T;
  const issue = result.error.issues[0]!;
  const at = issue.path.length === 0 ? "" : `${z.core.toDotPath(issue.path)}: `;
  throw new NixociError("MALFORMED", `${what} is malformed: ${at}${issue.message}`);
}

/** Parses what may be wrong in more places than zod can take. */
function parseAny<T>(schema: z.ZodMiniType<T>, value: unknown, what: string) {
  try {
    return parseInEnglish(schema, value);
  } catch (cause) {
    // zod hands all problems to one call as its arguments, and a call has room for so many.
    if (!(cause instanceof RangeError)) throw cause;
    throw new NixociError("MALFORMED", `${what} is malformed in too many places`, { cause });
  }
}
