/** Makes the step of `--rebase`: the new base of an image, and the one that it has. */
import { formatReference, parseReference } from "../../../image/reference.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { codeOf, NixociError } from "../../../base/errors.ts";
import type { Digest } from "../../../bytes/digest.ts";
import type { Root } from "../../../image/root.ts";
import type { Step } from "../../../image/step.ts";
import { loadImages } from "../../../image/tree.ts";
import { BASE_DIGEST, BASE_NAME, rebase } from "../../../steps/rebase.ts";

/** The things that a rebase needs from around it. */
export interface RebaseContext {
  /** Opens an image, which stays open for the copy. */
  readonly open: (reference: string) => Promise<Root>;
  /** Gets the repositories that blobs can be mounted from. */
  readonly holders: Map<Digest, string>;
}

/** Makes the step. @throws NixociError `USAGE`, and what opening the bases throws. */
export async function createRebaseStep(
  text: string,
  { open, holders }: RebaseContext,
): Promise<Step> {
  const words = text.split(",");
  const [wanted, old] = words.toReversed();
  if (words.length > 2 || words.includes("")) {
    throw new NixociError("USAGE", `--rebase: ${JSON.stringify(text)} is not OLD,NEW`, {
      hint: "name the new base, and before it, with a comma, the old one if need be",
    });
  }
  const { image } = parsePlace(wanted!, { bare: "registry", lasting: true });
  const onto = await open(wanted!);
  const from = old === undefined ? findOld(open) : await open(old);
  const step = rebase(from, onto, image && formatReference({ ...image, digest: undefined }));
  if (image === undefined) return step;
  return watchNewLayers(step, (digest) => holders.set(digest, `${image.host}/${image.repository}`));
}

/** Finds the base that an image's annotations name, by its digest, for its name may have moved on. */
function findOld(open: RebaseContext["open"]) {
  // Images of one index may have been built on bases of their own, one for each platform.
  const found = new Map<string, Promise<Root>>();
  return async ({ [BASE_NAME]: name, [BASE_DIGEST]: digest }: Readonly<Record<string, string>>) => {
    const hint = "name it by hand: --rebase OLD,NEW";
    if (name === undefined || digest === undefined) {
      throw new NixociError("NOT_FOUND", "the image's annotations do not say its base", { hint });
    }
    const { host, repository } = parseReference(name);
    const reference = `registry:${host}/${repository}@${digest}`;
    const opening = found.get(reference) ?? open(reference);
    found.set(reference, opening);
    try {
      return await opening;
    } catch (cause) {
      if (codeOf(cause) !== "NOT_FOUND") throw cause;
      throw new NixociError("NOT_FOUND", `the old base is gone: ${reference}`, { cause, hint });
    }
  };
}

/** Tells which layers the step brings. */
function watchNewLayers(step: Step, note: (digest: Digest) => void): Step {
  const list = async (root: Root): Promise<Set<Digest>> =>
    new Set(
      (await loadImages(root)).flatMap(({ layers }) => layers.map((l) => l.descriptor.digest)),
    );
  return async (root, context) => {
    const before = await list(root);
    const result = await step(root, context);
    for (const digest of await list(result)) if (!before.has(digest)) note(digest);
    return result;
  };
}
