/** Content that is made again by what was said or remembered of it, which may turn out to be wrong. */
import { codeOf, type NixociError } from "../base/errors.ts";
import type { Content } from "./content.ts";

/**
 * The same content. Where its bytes are not those that its descriptor names, what `explain` gives is
 * thrown instead; there is the place to forget what was remembered, so that the next try is right.
 */
export function explained<C extends Content>(
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
