/** The part of a registry that locks need; callers that know transports provide it. */
import { useResources } from "../base/dispose.ts";
import type { Digest } from "../bytes/digest.ts";
import type { Source } from "../image/source.ts";

/** A way to open repositories, and perhaps to ask for a tag's digest. */
export interface Registry {
  /** Opens a repository, `host/path`, to read from. */
  open(repository: string): Promise<Source>;
  /**
   * Asks for the digest that a tag names now, where that is cheaper than reading what it names. The
   * answer is not verified: it only saves reading what has not changed.
   */
  digestOf?(repository: string, tag: string): Promise<Digest>;
}

/** Opens a repository, works on it, and disposes of it. */
export async function withRepositorySource<T>(
  registry: Registry,
  repository: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  return await useResources(async (hold) => await work(hold(await registry.open(repository))));
}
