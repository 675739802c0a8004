/** Shapes of what is told of a copy while it runs, and of failures. */
import * as z from "zod/mini";
import type { CopyEvent } from "../../../copy/events.ts";
import type { AnyShape } from "./type-text.ts";
import { addNote, blobKind, count, descriptor, strings, text } from "./values.ts";

const blob = { kind: blobKind, descriptor };

const UNNAMED = "of a layer that is made in its place, 0 when it begins; its done says what it is";

const event: z.ZodMiniType<CopyEvent> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("making"), descriptor, bytes: count }),
  z.strictObject({ type: z.literal("writing"), bytes: addNote(count, UNNAMED) }),
  z.strictObject({ type: z.literal("plan"), blobs: z.array(z.strictObject(blob)) }),
  z.strictObject({ type: z.literal("start"), ...blob }),
  z.strictObject({ type: z.literal("progress"), descriptor, bytes: count }),
  z.strictObject({
    type: z.literal("done"),
    ...blob,
    how: z.enum(["moved", "exists", "mounted"]),
  }),
  z.strictObject({ type: z.literal("notice"), code: text, message: text }),
  z.strictObject({ type: z.literal("committed"), descriptor, references: strings }),
]) as never;

const failure = z.strictObject({
  error: z.strictObject({
    code: addNote(text, "one of the codes below"),
    message: text,
    hint: z.optional(addNote(text, "what to do next")),
    side: z.optional(z.enum(["source", "destination"])),
  }),
});

/** The shape of a failure. */
export const FAILURE: AnyShape = failure;

/** The shape of a line of `--progress json`: an event each, in the order in which they happen. */
export const EVENT: AnyShape = event;
