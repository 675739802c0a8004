/** Shapes of verbs about a host, or this machine. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, strings, text } from "./values.ts";

const user = z.strictObject({
  host: text,
  username: z.optional(addNote(text, "left out for a token, which says no name")),
});

/** The shapes of results of verbs about a host, or this machine. */
export const HOST_RESULTS: Readonly<Record<string, AnyShape>> = {
  cache: z.strictObject({
    path: text,
    size: addNote(count, "bytes; of cache clear, those that were there"),
    rows: addNote(z.record(text, count), "what is remembered, by kind"),
  }),
  catalog: z.strictObject({ host: text, repositories: strings }),
  completion: z.strictObject({ shell: text, script: text }),
  "login --check": user,
  login: z.strictObject({
    host: text,
    username: text,
    storedIn: addNote(text, "a file, or a credential helper"),
  }),
  logout: z.strictObject({ removed: strings }),
  ping: z.strictObject({
    host: text,
    auth: z.enum(["none", "basic", "bearer"]),
    milliseconds: count,
  }),
  ratelimit: z.strictObject({
    host: text,
    limit: z.optional(count),
    remaining: z.optional(count),
    windowSeconds: z.optional(count),
    source: z.optional(addNote(text, "who is counted: an address or an account")),
  }),
  whoami: user,
  serve: z.strictObject({
    url: addNote(text, "http://127.0.0.1:5000; printed when it listens"),
    host: text,
    writable: z.boolean(),
    repositories: strings,
  }),
};
