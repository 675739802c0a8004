/** Shapes of verbs that say why an image is as it is. */
import * as z from "zod/mini";
import type { AnyShape } from "./type-text.ts";
import { addNote, count, descriptor, digest, strings, text } from "./values.ts";

const layerContent = {
  adds: addNote(count, "bytes of the files in it"),
  wastes: addNote(count, "of those, what the final image does not show"),
};

const explanation = z.strictObject({
  digest,
  layers: z.array(z.strictObject({
    number: addNote(count, "1 is the lowest"),
    digest,
    diffId: digest,
    size: addNote(count, "bytes as it is stored"),
    inBase: z.optional(addNote(z.boolean(), "with --base")),
    createdBy: z.optional(text),
    storePaths: z.optional(strings),
    content: z.optional(addNote(
      z.strictObject({
        entries: count,
        ...layerContent,
        hides: addNote(count, "bytes below that it is the first to hide"),
        whiteouts: count,
      }),
      "unless --quick",
    )),
  })),
  size: addNote(count, "bytes of all layers as they are stored"),
  config: z.array(z.strictObject({
    field: addNote(text, "such as Env.PATH"),
    value: text,
    from: z.enum(["base", "changed", "own", "history", "unknown"]),
    before: z.optional(addNote(text, "the base's value, where it is another")),
    step: z.optional(addNote(count, "of the history, 1 the first")),
    createdBy: z.optional(text),
  })),
  baseName: z.optional(addNote(text, "what the image itself calls its base")),
  content: z.optional(z.strictObject(layerContent)),
  biggest: z.optional(z.array(z.strictObject({ path: text, size: count, layer: count }))),
  storePaths: z.optional(z.array(
    z.strictObject({ path: text, size: count, files: count, layers: z.array(count) }),
  )),
});

const comparedPath = z.strictObject({
  path: text,
  version: z.optional(text),
  size: z.optional(addNote(count, "bytes")),
});

const storeDifference = z.strictObject({
  added: z.array(comparedPath),
  removed: z.array(comparedPath),
  changed: z.array(z.strictObject({
    name: text,
    change: z.enum(["upgraded", "downgraded", "rebuilt"]),
    before: comparedPath,
    after: comparedPath,
  })),
  same: addNote(count, "paths that both have"),
  bytes: z.optional(addNote(
    z.strictObject({ before: count, after: count, news: count }),
    "of all store paths; left out where some sizes are not known",
  )),
});

const reason = z.strictObject({
  path: text,
  links: z.array(z.strictObject({ path: text, target: text })),
  real: addNote(text, "where the links lead"),
  storePath: z.optional(text),
  layers: addNote(z.array(count), "those that have it; 1 is the lowest"),
  versions: z.optional(z.array(z.strictObject({
    layer: count,
    type: addNote(text, "whiteout where the layer deletes it"),
    size: count,
    hiddenBy: z.optional(addNote(count, "the layer that hides it")),
  }))),
  of: addNote(count, "how many layers there are"),
  from: z.optional(addNote(text, "what says which paths refer to which")),
  chains: z.optional(z.array(z.strictObject({
    by: addNote(strings, "the settings of the config that name the first path"),
    paths: addNote(strings, "each refers to the next"),
  }))),
  count: z.optional(addNote(text, "how many chains there are, in decimal digits")),
  users: z.optional(addNote(strings, "the store paths that refer to it")),
});

const forecast = z.strictObject({
  against: addNote(digest, "the image that is there"),
  layers: count,
  kept: addNote(count, "layers that are there already"),
  bytes: addNote(count, "bytes of the others, as tars"),
  strategies: addNote(
    z.record(text, z.strictObject({ layers: count, kept: count, bytes: count })),
    "what layers of store paths would move, as NARs; against is how they are layered",
  ),
});

/** The shapes of results of verbs that say why an image is as it is. */
export const EXPLAIN_RESULTS: Readonly<Record<string, AnyShape>> = {
  "diff --store-paths": storeDifference,
  explain: explanation,
  explore: addNote(
    z.strictObject({ images: strings, size: addNote(count, "bytes of the page") }),
    "with --output; else the page itself",
  ),
  plan: addNote(
    z.strictObject({
      digest,
      imageId: digest,
      name: z.optional(text),
      layers: count,
      forecast: z.optional(addNote(forecast, "with --against")),
    }),
    "with --output",
  ),
  sbom: addNote(
    z.strictObject({
      type: addNote(text, "the document's media type"),
      packages: count,
      unknown: addNote(strings, "sentences about what may be missing"),
      descriptor: z.optional(addNote(descriptor, "with --attach: the artifact")),
    }),
    "with --output or --attach; else the document itself",
  ),
  why: reason,
};
