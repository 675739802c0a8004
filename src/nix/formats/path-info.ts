/** The facts that a store knows of a path: the shape that closures, layering and plans share. */
import type { Digest } from "../../bytes/digest.ts";

/** A valid store path as the store's database, `nix path-info` or closureInfo describes it. */
export interface PathInfo {
  /** Absolute, below the store's folder: `/nix/store/…-hello-2.12`, whatever root it is read under. */
  readonly path: string;
  /** The size of its NAR, in bytes. */
  readonly narSize: number;
  /** The hash of its NAR; some exports leave it out. */
  readonly narHash?: Digest;
  /** The store paths that it names, itself among them if it does so; sorted. */
  readonly references: readonly string[];
  /** The derivation that made it, if that is known. */
  readonly deriver?: string;
  /** Seconds since 1970. */
  readonly registrationTime?: number;
}

/** Paths with all that they refer to, sorted by path. */
export type Closure = readonly PathInfo[];
