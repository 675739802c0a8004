/** Shapes of verbs that see the files of an image. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, digest, strings, text } from "./values.ts";

const fileType = z.enum([
  "file",
  "contiguous",
  "directory",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
]);

const file = z.strictObject({
  path: text,
  type: fileType,
  mode: addNote(count, "the permission bits, as a number"),
  uid: count,
  gid: count,
  uname: z.optional(text),
  gname: z.optional(text),
  size: count,
  mtime: addNote(text, "ISO 8601, in UTC"),
  layer: addNote(count, "1 is the lowest; 0 for a folder that no layer describes"),
  linkpath: z.optional(addNote(text, "the target of a link")),
  device: z.optional(addNote(z.array(count), "major and minor number")),
  xattrs: z.optional(addNote(strings, "the names of its extended attributes")),
});

const difference = z.strictObject({
  path: text,
  change: z.enum(["added", "removed", "changed"]),
  type: fileType,
  before: z.optional(addNote(count, "bytes in the first image")),
  after: z.optional(addNote(count, "bytes in the second image")),
  aspects: z.optional(addNote(strings, "what has changed: content, mode, owner and so on")),
});

const unpacked = z.strictObject({
  path: text,
  entries: count,
  leftOut: z.strictObject({
    devices: count,
    setIds: count,
    capabilities: count,
    xattrs: count,
    fifos: count,
  }),
  rootless: addNote(z.boolean(), "owners could not be set"),
});

/** The shapes of results of verbs that see the files of an image. */
export const FILE_RESULTS: Readonly<Record<string, AnyShape>> = {
  "artifact pull": z.strictObject({ digest, files: addNote(strings, "their paths") }),
  diff: z.array(difference),
  export: z.strictObject({ output: text, size: addNote(count, "bytes before compression") }),
  "export --bundle": unpacked,
  "export --dir": unpacked,
  ls: z.array(file),
};
