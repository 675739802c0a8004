/** Shapes of verbs about pinned images. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, descriptor, digest, strings, text } from "./values.ts";

const lockedPlatforms = z.record(
  text,
  z.strictObject({ manifest: descriptor, config: descriptor, layers: z.array(descriptor) }),
);

const added = z.strictObject({
  file: text,
  images: z.array(z.strictObject({
    name: text,
    isNew: z.boolean(),
    repository: text,
    tag: text,
    index: z.optional(descriptor),
    platforms: lockedPlatforms,
  })),
});

const move = { name: text, repository: text, tag: text, from: digest, to: digest };

/** The shapes of results of verbs about pinned images. */
export const LOCK_RESULTS: Readonly<Record<string, AnyShape>> = {
  "lock add": added,
  "lock blob": z.strictObject({ digest, file: text }),
  "lock blobs": z.array(z.looseObject({
    digest,
    hash: addNote(text, "the same as SRI"),
    kind: text,
    mediaType: text,
    path: addNote(text, "in a layout's blobs"),
    scope: addNote(text, "what to ask a token for"),
    size: count,
    url: text,
    images: strings,
  })),
  "lock check": z.strictObject({
    file: text,
    moved: z.array(z.strictObject({
      ...move,
      problem: z.optional(addNote(text, "why lock update cannot follow")),
    })),
    same: strings,
  }),
  "lock import": added,
  "lock list": z.array(z.strictObject({
    name: text,
    repository: text,
    tag: text,
    digest,
    platforms: z.record(text, z.strictObject({ digest, layers: count, size: count })),
  })),
  "lock remove": z.strictObject({ file: text, removed: strings }),
  "lock update": z.strictObject({
    file: text,
    dryRun: z.boolean(),
    moved: z.array(z.strictObject({
      ...move,
      platforms: z.record(text, z.strictObject({ from: digest, to: digest })),
    })),
    same: strings,
  }),
  "lock verify": z.strictObject({
    ok: z.boolean(),
    problems: z.array(z.strictObject({
      images: strings,
      kind: text,
      digest,
      problem: z.enum(["missing", "corrupt", "other"]),
    })),
  }),
  prefetch: addNote(z.record(text, text), "the arguments of pullImage, and indexDigest"),
  pull: z.strictObject({
    imageName: text,
    imageDigest: digest,
    indexDigest: z.optional(digest),
    destination: text,
    hash: z.optional(text),
    bytes: addNote(count, "bytes that moved"),
  }),
};
