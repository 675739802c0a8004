/** Pins content by its digest. */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { Step } from "../image/step.ts";

/**
 * Creates a step that accepts only a root whose manifest has the digest. Before `platform` it pins
 * the index, after it the image.
 * @throws from the step, NixociError `DIGEST` for another one.
 * @example
 * ```ts
 * import { copy, openSink, openSource, pin } from "nixoci";
 * await using from = await openSource("oci-dir:in");
 * await using to = await openSink("oci-dir:out");
 * const { digest } = (await from.resolve()).manifest.descriptor;
 * const { images } = await copy(from, to, { all: true, steps: [pin(digest)] });
 * console.log(images[0]?.descriptor.digest === digest); // true
 * ```
 */
export function pin(digest: Digest): Step {
  const step: Step = (root) => {
    const actual = root.manifest.descriptor.digest;
    if (actual === digest) return root;
    throw new NixociError("DIGEST", `the ${root.kind} is ${actual}, not ${digest} as pinned`, {
      hint: "ask for the digest itself, or pin the new one if it is the one that you want",
    });
  };
  step.keeps = (manifest) => manifest.digest === digest;
  return step;
}
