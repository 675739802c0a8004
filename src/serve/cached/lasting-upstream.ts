/** An upstream that may be let go of while others still use it. */
import { watchReaders } from "../../image/watch-readers.ts";
import type { UpstreamRepository } from "./upstream.ts";

/** Returns an upstream that is disposed of when its last use is over: a call, or a blob that is read. */
export function createLastingUpstream(upstream: UpstreamRepository): UpstreamRepository {
  let uses = 0;
  let isLetGo = false;
  const idle = Promise.withResolvers<void>();
  const settle = (): void => {
    if (isLetGo && uses === 0) idle.resolve();
  };
  const begin = (): () => void => {
    uses++;
    return () => {
      uses--;
      settle();
    };
  };
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
      isLetGo = true;
      settle();
      await idle.promise;
      await upstream[Symbol.asyncDispose]();
    },
  };
}
