/**
 * What manifests, indexes and configs must look like to be worked with. Unknown fields are let
 * through; errors name the path of what is wrong.
 */
import { z } from "zod";
import { isDigest } from "../bytes/digest.ts";
import { NixociError } from "../errors.ts";

const digest = z.custom<`sha256:${string}` | `sha512:${string}`>(
  isDigest,
  "must be sha256: and 64 lower-case hex digits, or sha512: and 128",
);

const size = z.number("must be a number").refine(
  (n) => Number.isSafeInteger(n) && n >= 0,
  "must be a whole number of bytes, 0 or more",
);

// RFC 6838, as the OCI specification asks of media types.
const mediaType = z.string().regex(
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/,
  "must be a media type",
);

const annotations = z.record(z.string(), z.string());

const platform = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  "os.version": z.string().optional(),
  "os.features": z.array(z.string()).optional(),
});

const descriptor = z.looseObject({
  mediaType,
  digest,
  size,
  urls: z.array(z.string()).optional(),
  annotations: annotations.optional(),
  platform: platform.optional(),
  artifactType: z.string().optional(),
  data: z.string().optional(),
});

/** An image manifest of either family; artifacts are written in it too. */
export const manifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor).max(10_000),
  subject: descriptor.optional(),
  annotations: annotations.nullish(),
});

/** An image index or manifest list. */
export const indexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: mediaType.optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptor).max(10_000),
  subject: descriptor.optional(),
  annotations: annotations.nullish(),
});

/** The parts of an image config that nixoci itself needs; the rest is loose. */
export const configSchema = z.looseObject({
  architecture: z.string().optional(),
  os: z.string().optional(),
  variant: z.string().optional(),
  "os.version": z.string().optional(),
  created: z.string().nullish(),
  author: z.string().nullish(),
  config: z.looseObject({}).nullish(),
  rootfs: z.looseObject({ type: z.string().optional(), diff_ids: z.array(digest).nullish() }),
  history: z.array(z.looseObject({
    created: z.string().nullish(),
    created_by: z.string().nullish(),
    comment: z.string().nullish(),
    author: z.string().nullish(),
    empty_layer: z.boolean().nullish(),
  })).nullish(),
});

export type ManifestJson = z.infer<typeof manifestSchema>;
export type IndexJson = z.infer<typeof indexSchema>;
export type ConfigJson = z.infer<typeof configSchema>;

/**
 * The value, proved to be of the schema's shape. The value itself is returned, not zod's copy:
 * order and unknown fields stay.
 * @throws NixociError `MALFORMED`, naming the path and what should be there.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return value as T;
  const issue = result.error.issues[0]!;
  const at = issue.path.length === 0 ? "" : `${z.core.toDotPath(issue.path)}: `;
  throw new NixociError("MALFORMED", `${what} is malformed: ${at}${issue.message}`);
}
