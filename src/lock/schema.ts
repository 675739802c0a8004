/** The shape of a lockfile, for checking it and for editors. */
import * as z from "zod/mini";
import { mediaTypeSchema } from "../image/documents/schemas.ts";
import type { Lock } from "./model.ts";

const describeField = <T extends z.ZodMiniType>(type: T, description: string): T =>
  type.check(z.describe(description)) as T;

const digest = z.string().check(z.regex(
  /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/,
  "must be sha256: and 64 lower-case hex digits, or sha512: and 128",
));

const descriptor = z.strictObject({
  digest,
  mediaType: mediaTypeSchema,
  size: z.int("must be a whole number of bytes").check(z.nonnegative("must be 0 or more")),
  urls: z.optional(describeField(
    z.array(z.string()).check(z.minLength(1)),
    "Where the layer is, when its licence forbids registries to pass it on",
  )),
});

const platform = z.strictObject({
  config: describeField(descriptor, "The image's config"),
  layers: describeField(z.array(descriptor), "The layers, lowest first"),
  manifest: describeField(descriptor, "The image's manifest"),
});

const image = z.strictObject({
  index: z.optional(describeField(descriptor, "The index that the tag named")),
  platforms: describeField(
    z.record(z.string(), platform).check(
      z.refine((platforms) => Object.keys(platforms).length > 0, "must have a platform"),
    ),
    "By platform, such as linux/amd64; without an index exactly one",
  ),
  repository: describeField(z.string(), "The repository, as host/path"),
  tag: z.string(),
});

const lock = z.strictObject({
  $schema: z.optional(z.string()),
  images: describeField(z.record(z.string(), image), "By name, as repository:tag"),
  version: z.literal(1),
});

// Digests are text to JSON; the pattern makes them what the type says.
export const lockSchema = lock as unknown as z.ZodMiniType<Lock>;
