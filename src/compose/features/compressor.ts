/** `compressor`: how layers are compressed where the destination leaves it open. */
import type { Recompression } from "../../steps/compress.ts";
import { defineFeature, type Kinds } from "./feature.ts";

const KINDS = { none: "none", gz: "gzip", zstd: "zstd" } as const;

export const compressor = defineFeature((is: Kinds) => ({
  compressor: is.field(
    is.oneOf(["none", "gz", "zstd"], "must be none, gz or zstd"),
    "How layers are compressed; by default as the destination has them",
  ),
}));

/**
 * Returns how the SPEC would have layers compressed.
 * @example
 * ```ts
 * import { compressionOf } from "nixoci";
 * console.log(compressionOf({ compressor: "gz" })); // gzip
 * ```
 */
export function compressionOf(
  { compressor }: { readonly compressor?: keyof typeof KINDS | null | undefined },
): Recompression["kind"] | undefined {
  return compressor ? KINDS[compressor] : undefined;
}
