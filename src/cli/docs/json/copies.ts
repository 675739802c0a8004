/** Shapes of verbs that copy images, or make them. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, blobKind, count, descriptor, digest, strings, text } from "./values.ts";

const companion = z.strictObject({
  descriptor,
  subject: addNote(digest, "what it is attached to"),
  references: addNote(strings, "the tag that it is found by, if it names no subject"),
});

const copied = z.strictObject({
  images: z.array(z.strictObject({
    descriptor,
    references: addNote(strings, "the names that it has at the destination"),
    imageId: z.optional(addNote(digest, "at an engine, which knows no other digest")),
  })),
  companions: z.optional(
    addNote(
      z.array(companion),
      "with --referrers or --digest-tags",
    ),
  ),
  blobs: addNote(
    z.strictObject({ moved: count, exists: count, mounted: count }),
    "layers, configs and other blobs; no manifests",
  ),
  bytes: addNote(count, "bytes of blobs that moved"),
});

const dryRun = z.strictObject({
  images: copied.shape.images,
  companions: copied.shape.companions,
  blobs: z.array(
    z.strictObject({ kind: blobKind, digest, size: count, mediaType: text, moves: z.boolean() }),
  ),
  bytes: addNote(count, "bytes of blobs that would move"),
});

/** The shapes of results of verbs that copy images, or make them. */
export const COPY_RESULTS: Readonly<Record<string, AnyShape>> = {
  "artifact push": copied,
  "artifact push --dry-run": dryRun,
  attach: companion,
  "base build": copied,
  "base build --dry-run": dryRun,
  build: copied,
  "build --dry-run": dryRun,
  copy: copied,
  "copy --dry-run": dryRun,
  "index add": copied,
  "index add --dry-run": dryRun,
  "index annotate": copied,
  "index annotate --dry-run": dryRun,
  "index create": copied,
  "index create --dry-run": dryRun,
  "index remove": copied,
  "index remove --dry-run": dryRun,
  "lock fetch": copied,
  "manifest put": copied.shape.images.def.element,
  merge: copied,
  "merge --dry-run": dryRun,
  mutate: copied,
  "mutate --dry-run": dryRun,
  referrers: z.strictObject({
    descriptor,
    referrers: addNote(z.array(companion), "each after what it refers to"),
  }),
  run: copied,
  shell: copied,
  "shell --dry-run": dryRun,
  tag: copied.shape.images.def.element,
};
