/** From a SPEC to an image in the making: every feature adds what the SPEC asks of it. */
import { addAccounts } from "./accounts/accounts.ts";
import type { Addition } from "./customise/customisation.ts";
import { EMPTY_DRAFT, type ImageDraft } from "./draft.ts";
import type { FeatureContext } from "./features/feature.ts";
import { FEATURES } from "./features/mod.ts";
import { makeTmp } from "./helpers/mod.ts";
import type { Spec } from "./spec/spec.ts";

/**
 * Drafts the image that a SPEC describes. Of the store nothing is read but nixpkgs.
 * @throws NixociError `USAGE` for fields that do not go together, and for a wrong config.
 */
export async function draftImage(
  spec: Spec,
  { folder = process.cwd(), now = new Date(), base, hold = keep, signal }: Partial<FeatureContext> =
    {},
): Promise<ImageDraft> {
  let image = EMPTY_DRAFT;
  for (const feature of FEATURES) {
    image = { ...image, ...await feature.add?.(spec, image, { folder, now, base, hold, signal }) };
  }
  image = { ...image, ...addAccounts(image) };
  const said: Readonly<Record<string, unknown>> = spec;
  const isMachine = MACHINE.some((field) => (said[field] ?? undefined) !== undefined);
  return {
    ...image,
    ...isMachine && { additions: [...image.additions, addTmp] },
  };
}

/** Of what is drafted alone nothing is built. */
const keep: FeatureContext["hold"] = (resource) => resource;

/** The fields with which an image has more than its programs, so that these want a `/tmp`. */
const MACHINE = ["users", "groups", "etc", "systemPackages", "image", "nix", "services", "units"];

const addTmp: Addition = async (_stored, { baseTop }) =>
  (await baseTop?.())?.has("/tmp") ? [] : makeTmp();
