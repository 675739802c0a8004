/** An image in an archive, as it is known before it is looked into. */
import type { Image } from "../../../src/image/root.ts";

/** An image in an archive, not yet looked into. */
export interface ArchivedImage {
  /** The names that the archive gives it, as they stand there; there may be none. */
  readonly names: readonly string[];
  /**
   * Reads its config, and of its layers the first bytes; of one that is compressed, all of it.
   * @throws NixociError `NOT_FOUND`, `MALFORMED`, `UNSAFE`, `DIGEST`, `UNSUPPORTED`.
   */
  load(): Promise<Image>;
}
