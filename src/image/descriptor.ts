/**
 * Descriptors: what names content before anyone has it.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
import type { Digest } from "../bytes/digest.ts";
import type { Platform } from "./platform.ts";

/** A name for bytes: their media type, digest and size. Other fields travel along untouched. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes; a safe, non-negative integer. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
  /** The content itself, base64, where it is small. */
  readonly data?: string;
}
