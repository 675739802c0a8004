/** Content that is made again from what was remembered of it, which may turn out to be wrong. */
import { codeOf, type NixociError } from "../base/errors.ts";
import type { Content } from "./content.ts";

/**
 * Wraps content so that reading wrong bytes throws the error that `explain` returns. `explain` is
 * also the place to forget what was remembered, so that the next try is right.
 */
export function explainWrongBytes<C extends Content>(
  of: C,
  explain: (cause: unknown) => Promise<NixociError>,
): C {
  return {
    ...of,
    async *open(options) {
      try {
        yield* of.open(options);
      } catch (error) {
        if (codeOf(error) !== "DIGEST" && codeOf(error) !== "SIZE") throw error;
        throw await explain(error);
      }
    },
  };
}
