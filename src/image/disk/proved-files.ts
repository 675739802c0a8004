/** The memory of which files have been hashed. */
import type { Digest } from "../../bytes/digest.ts";

/**
 * Files whose content has been hashed, by a stamp that changes whenever a file does: device, inode,
 * size, and the times of its last change to the nanosecond.
 */
export interface ProvedFiles {
  digestOf(stamp: string): Promise<Digest | undefined>;
  add(files: readonly (readonly [stamp: string, digest: Digest])[]): Promise<void>;
}
