/** The pin: this very content, or nothing. */
import type { Digest } from "../bytes/digest.ts";
import { NixociError } from "../base/errors.ts";
import type { Step } from "../image/root.ts";

/**
 * Lets a root pass whose manifest has the digest. Before `platform` it pins the index, after it
 * the image.
 * @throws NixociError `DIGEST` when it is another one.
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
