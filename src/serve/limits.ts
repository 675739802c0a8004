/** Limits that a registry does not let its clients exceed. */
import { MAX_DOCUMENT } from "../image/json.ts";

/** Bounds on what clients send. */
export interface RegistryLimits {
  /** Bytes of a manifest; 4 MiB by default, which every registry should take. */
  readonly manifest: number;
  /** Bytes of a blob; 1 TiB by default. */
  readonly blob: number;
  /** Uploads under way at a time; 1,000 by default. */
  readonly uploads: number;
  /** Milliseconds after which an upload that nothing comes for may go; an hour by default. */
  readonly idle: number;
}

/** The usual limits. */
export const LIMITS: RegistryLimits = {
  manifest: MAX_DOCUMENT,
  blob: 2 ** 40,
  uploads: 1_000,
  idle: 3_600_000,
};
