/** Holds the names of a place to what they named before. */
import { NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { isAttachedTag } from "../../../image/referrers.ts";
import type { Source } from "../../../image/source.ts";
import { wrapSource } from "../../../image/wrap-source.ts";

/** Remembers what names lead to, and refuses what they lead to later, if it is another image. */
export interface SameNames {
  /** Returns the source, whose names are remembered. */
  remember(source: Source): Source;
  /** Returns the source, which gives only what was remembered, and what is attached to that. */
  demand(source: Source): Source;
}

/** Creates a memory of names. */
export function createSameNames(): SameNames {
  const known = new Map<string | undefined, Digest>();
  return {
    remember: (source) =>
      wrapSource(source, {
        async resolve(select) {
          const root = await source.resolve(select);
          known.set(select, root.manifest.descriptor.digest);
          return root;
        },
      }),
    demand: (source) =>
      wrapSource(source, {
        async resolve(select) {
          const root = await source.resolve(select);
          if (select !== undefined && isAttachedTag(select)) return root;
          const { digest } = root.manifest.descriptor;
          const before = known.get(select);
          if (digest === before) return root;
          const what = before === undefined ? "nothing" : before;
          const message = `signatures were verified of ${what}, and now ${digest} is there`;
          throw new NixociError("REFUSED", message, { hint: "verify it again" });
        },
      }),
  };
}
