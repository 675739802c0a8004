/** Shapes of verbs about what runs in an image. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, strings, text } from "./values.ts";

/** The shapes of results of verbs about what runs in an image. */
export const PROGRAM_RESULTS: Readonly<Record<string, AnyShape>> = {
  init: z.strictObject({
    init: addNote(text, "the program that runs the services"),
    services: addNote(strings, "in the order of their start"),
  }),
  "shell --print-env": z.strictObject({
    variables: addNote(
      z.record(text, z.strictObject({ type: text, value: z.unknown() })),
      "as nix print-dev-env --json has them; before any setup has run",
    ),
    bashFunctions: z.strictObject({}),
    structuredAttrs: z.optional(addNote(z.record(text, text), "files, by name")),
  }),
  "units check": z.array(z.strictObject({
    unit: text,
    path: text,
    lines: z.array(z.strictObject({
      path: text,
      line: count,
      section: text,
      name: text,
      value: z.optional(addNote(text, "unless it may be a secret")),
      fate: z.enum(["kept", "changed", "not had"]),
      note: z.optional(text),
    })),
    strayLines: z.array(z.strictObject({ path: text, line: count })),
    problems: addNote(strings, "why it cannot be a service"),
  })),
};
