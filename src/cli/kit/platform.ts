/** The platform as `pull` and `prefetch` take it: in three flags. */
import { findHostPlatform, parsePlatform, type Platform } from "../../image/platform.ts";

/** The values of these flags. */
export interface PlatformFlags {
  readonly os: string;
  /** The host's by default. */
  readonly arch?: string | undefined;
  readonly variant?: string | undefined;
}

/**
 * Reads the platform of `--os`, `--arch` and `--variant`.
 * @throws NixociError `USAGE` when they name none.
 */
export function readPlatformFlags(
  { os, arch = findHostPlatform().architecture, variant }: PlatformFlags,
): Platform {
  return parsePlatform([os, arch, ...variant === undefined ? [] : [variant]].join("/"));
}
