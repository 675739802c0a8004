/** `compressor`: how layers are compressed where the destination leaves it open. */
import { defineFeature, type Kinds } from "./feature.ts";

const PACKINGS = { none: "none", gz: "gzip", zstd: "zstd" } as const;

export const compressor = defineFeature((is: Kinds) => ({
  compressor: is.field(
    is.oneOf(["none", "gz", "zstd"], "must be none, gz or zstd"),
    "How layers are compressed; by default as the destination has them",
  ),
}), {
  add: ({ compressor }, { traits }) =>
    compressor ? { traits: { ...traits, packing: PACKINGS[compressor] } } : {},
});
