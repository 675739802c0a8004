/** `compressor`: how layers are compressed where the destination leaves it open. */
import type { Recompression } from "../../steps/compress.ts";
import { feature, type Kinds } from "./feature.ts";

const KINDS = { none: "none", gz: "gzip", zstd: "zstd" } as const;

export const compressor = feature((is: Kinds) => ({
  compressor: is.field(
    is.oneOf(["none", "gz", "zstd"], "must be none, gz or zstd"),
    "How layers are compressed; by default as the destination has them",
  ),
}));

/** Returns how the SPEC would have layers compressed. */
export function compressionOf(
  { compressor }: { readonly compressor?: keyof typeof KINDS | null | undefined },
): Recompression["kind"] | undefined {
  return compressor ? KINDS[compressor] : undefined;
}
