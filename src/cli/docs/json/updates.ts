/** Shapes of verbs that keep many images current. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, digest, strings, text } from "./values.ts";

const commitEnd = {
  commit: text,
  status: z.enum(["built", "rebuilt", "kept", "failed", "would build", "would rebuild"]),
  reason: z.optional(text),
};

const channelEnd = {
  status: z.enum(["updated", "current", "would update", "failed"]),
  code: z.optional(addNote(text, "of the failure that ended it")),
  reason: z.optional(text),
};

/** The shape of a line of `base update --progress json`. */
export const UPDATE_EVENT: AnyShape = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("commit"), channel: text, ...commitEnd }),
  z.strictObject({ type: z.literal("channel"), channel: text, ...channelEnd }),
  z.strictObject({ type: z.literal("notice"), code: text, message: text }),
]);

/** The shapes of results of verbs that keep many images current. */
export const UPDATE_RESULTS: Readonly<Record<string, AnyShape>> = {
  "base init": z.strictObject({
    service: text,
    needs: addNote(strings, "what has to be done before its first run"),
    output: addNote(z.optional(text), "the file, with --output"),
    text: addNote(z.optional(text), "what would be in it, without"),
  }),
  "base pin": z.strictObject({
    commit: text,
    source: addNote(text, "the file that says the commit"),
    behind: addNote(
      z.array(z.strictObject({ line: count, image: text, commit: text })),
      "stages that had another commit, or have it with --check",
    ),
    current: addNote(count, "how many stages had it"),
    warnings: strings,
  }),
  "base update": z.strictObject({
    channels: z.array(
      z.strictObject({ name: text, ...channelEnd, commits: z.array(z.strictObject(commitEnd)) }),
    ),
  }),
  sync: z.strictObject({
    images: z.array(z.strictObject({
      source: text,
      destination: text,
      status: z.enum(["copied", "unchanged", "immutable", "planned", "failed"]),
      digest: z.optional(digest),
      bytes: addNote(count, "bytes of blobs that moved, or would"),
      error: z.optional(z.strictObject({
        code: text,
        message: text,
        hint: z.optional(text),
        side: z.optional(z.enum(["source", "destination"])),
      })),
    })),
    totals: z.strictObject({
      copied: count,
      unchanged: count,
      immutable: addNote(count, "tags that are there and never move: not asked for again"),
      planned: addNote(count, "with --dry-run"),
      failed: count,
      bytes: count,
      mounted: addNote(count, "blobs that were taken from other repositories"),
    }),
  }),
};
