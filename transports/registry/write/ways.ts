/** Which ways of sending blobs a registry takes, as far as it has shown. */
import { HttpFailure } from "../http/failure.ts";
import type { World } from "../world.ts";
import type { Way } from "./send.ts";

export interface Ways {
  /** The way to begin with, for a blob of so many bytes. */
  for(size: number): Way;
  /** The way to try after that one has failed; `undefined` when none is better. */
  after(way: Way, error: unknown, size: number): Way | undefined;
}

/** Whether it does not depend on how the bytes are sent. */
function isFinal({ status = 0, codes }: HttpFailure): boolean {
  const final = /^(DIGEST_INVALID|SIZE_INVALID|NAME_|DENIED|UNAUTHORIZED|TOOMANYREQUESTS)/;
  return [401, 403, 429].includes(status) || codes.some((code) => final.test(code));
}

export function knownWays({ chunkSize, smallestChunk }: World): Ways {
  const refused = new Set<Way["kind"]>();
  let limit = Infinity; // of a request's body

  const chunksOf = (size: number): Way => ({
    kind: "chunks",
    size: Math.max(smallestChunk, Math.floor(size / smallestChunk) * smallestChunk),
  });
  const best = (size: number): Way | undefined => {
    if (size > limit && !refused.has("chunks")) return chunksOf(Math.min(limit, chunkSize));
    if (!refused.has("whole")) return { kind: "whole" };
    if (!refused.has("stream")) return { kind: "stream" };
    return refused.has("chunks") ? undefined : chunksOf(Math.min(limit, chunkSize));
  };
  /** Half of what was too much, where that is not too little. */
  const smaller = (way: Way, size: number): number | undefined => {
    const tried = Math.min(way.kind === "chunks" ? way.size : Math.min(size, 2 * chunkSize), size);
    return tried > smallestChunk ? Math.max(smallestChunk, Math.floor(tried / 2)) : undefined;
  };
  return {
    for: (size) => best(size) ?? { kind: "whole" },
    after(way, error, size) {
      if (!(error instanceof HttpFailure) || isFinal(error)) return undefined;
      const less = smaller(way, size);
      if (error.status === 413) {
        if (less === undefined || refused.has("chunks")) return undefined;
        limit = Math.min(limit, less);
        return chunksOf(limit);
      }
      // A proxy that breaks off what is long does not say so; a registry that is down, neither.
      if (error.isTransient) {
        if (way.kind === "chunks") return size > limit ? undefined : { kind: "whole" };
        return less === undefined ? undefined : chunksOf(less);
      }
      refused.add(way.kind);
      return best(size);
    },
  };
}
