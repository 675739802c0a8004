/** An upstream that may be let go of while others still use it. */
import { createUses } from "../../bytes/flow/uses.ts";
import { watchReaders } from "../../image/watch-readers.ts";
import type { UpstreamRepository } from "./upstream.ts";

/** Returns an upstream that is disposed of when its last use is over: a call, or a blob that is read. */
export function createLastingUpstream(upstream: UpstreamRepository): UpstreamRepository {
  const { begin, waitForNone } = createUses();
  const use = <W extends unknown[], T>(ask: (...words: W) => Promise<T>) =>
  async (
    ...words: W
  ): Promise<T> => {
    const end = begin();
    try {
      return await ask(...words);
    } finally {
      end();
    }
  };
  return {
    headManifest: use((tag) => upstream.headManifest(tag)),
    readManifest: use((reference) => upstream.readManifest(reference)),
    findBlob: use(async (digest) => {
      const found = await upstream.findBlob(digest);
      return found && watchReaders(found, begin);
    }),
    listTags: use(() => upstream.listTags()),
    listReferrers: use((subject) => upstream.listReferrers(subject)),
    async [Symbol.asyncDispose]() {
      await waitForNone();
      await upstream[Symbol.asyncDispose]();
    },
  };
}
