/** Content that is made again from what was remembered of it, which may turn out to be wrong. */
import { codeOf, type NixociError } from "../base/errors.ts";
import { explainStream } from "../bytes/pour.ts";
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
    open: (options) =>
      explainStream(of.open(options), async (error) => {
        const isWrong = codeOf(error) === "DIGEST" || codeOf(error) === "SIZE";
        return isWrong ? await explain(error) : error;
      }),
  };
}
