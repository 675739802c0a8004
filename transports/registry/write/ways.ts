/** Remembers the ways of sending blobs that a registry takes, as far as it has shown. */
import { HttpFailure } from "../http/failure.ts";
import type { World } from "../world.ts";
import type { Way } from "./send.ts";

type Kind = Way["kind"];

export interface Ways {
  /** The way to begin with, for a blob of so many bytes. */
  choose(size: number): Way;
  /**
   * The way to try after that one has failed; `undefined` when none is better.
   * @param tried the kinds that the blob has been sent in, that one's too.
   */
  chooseNext(way: Way, error: unknown, size: number, tried: ReadonlySet<Kind>): Way | undefined;
}

export function createWays({ chunkSize, smallestChunk }: World): Ways {
  const refused = new Set<Kind>();
  let limit = Infinity; // of a request's body

  const chunksOf = (size: number): Way => ({
    kind: "chunks",
    size: Math.max(smallestChunk, Math.floor(size / smallestChunk) * smallestChunk),
  });
  const waysFor = (size: number): Way[] => {
    const chunks = chunksOf(Math.min(limit, chunkSize));
    const all: Way[] = size > limit ? [chunks] : [{ kind: "whole" }, { kind: "stream" }, chunks];
    return all.filter(({ kind }) => !refused.has(kind));
  };
  /** Half of what was too much; `undefined` where that would be too little. */
  const lessThan = (way: Way, size: number): number | undefined => {
    const most = way.kind === "chunks" ? way.size : 2 * chunkSize;
    const tried = Math.min(size, most);
    return tried > smallestChunk ? Math.max(smallestChunk, Math.floor(tried / 2)) : undefined;
  };
  return {
    choose: (size) => waysFor(size)[0] ?? { kind: "whole" },
    chooseNext(way, error, size, tried) {
      if (!(error instanceof HttpFailure) || isFinal(error)) return undefined;
      const less = lessThan(way, size);
      if (error.status === 413) {
        if (less === undefined || refused.has("chunks")) return undefined;
        limit = Math.min(limit, less);
        return chunksOf(limit);
      }
      // A proxy that breaks off what is long does not say so; a registry that is down, neither.
      const isLong = less !== undefined && !tried.has("chunks");
      if (error.isTransient && isLong) return chunksOf(less);
      if (error.isTransient && error.status === undefined && way.kind !== "chunks") {
        return undefined;
      }
      if (!error.isTransient) refused.add(way.kind);
      return waysFor(size).find(({ kind }) => !tried.has(kind));
    },
  };
}

/**
 * Tells whether it does not depend on how the bytes are sent: rights, quotas, names, the bytes as such, a
 * server that is not to be talked to.
 */
function isFinal({ status = 0, codes, isTransient }: HttpFailure): boolean {
  if (status === 0) return !isTransient;
  const final = /^(DIGEST_INVALID|SIZE_INVALID|NAME_|DENIED|UNAUTHORIZED|TOOMANYREQUESTS)/;
  return [401, 402, 403, 412, 429, 507].includes(status) ||
    codes.some((code) => final.test(code));
}
