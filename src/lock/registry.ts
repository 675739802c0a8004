/** What the lock wants of registries. Whoever knows transports gives it. */
import type { Digest } from "../bytes/digest.ts";
import type { Source } from "../image/root.ts";

export interface Registry {
  /** Opens a repository, `host/path`, to read from. */
  open(repository: string): Promise<Source>;
  /**
   * The digest that a tag names now, by the registry's word, where asking for that is cheaper than
   * reading what it names. It only ever spares reading what has not changed.
   */
  digestOf?(repository: string, tag: string): Promise<Digest>;
}

/** Runs the work on the opened repository. */
export async function withRepository<T>(
  registry: Registry,
  repository: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await registry.open(repository);
  try {
    return await work(source);
  } finally {
    await source[Symbol.asyncDispose]();
  }
}
