/** From a SPEC to an image in the making: every feature adds what the SPEC asks of it. */
import { EMPTY_DRAFT, type ImageDraft } from "./draft.ts";
import type { FeatureContext } from "./features/feature.ts";
import { FEATURES } from "./features/mod.ts";
import type { Spec } from "./spec/spec.ts";

/**
 * Drafts the image that a SPEC describes. Nothing is read from the store.
 * @throws NixociError `USAGE` for fields that do not go together, and for a wrong config.
 */
export async function draftImage(
  spec: Spec,
  { folder = process.cwd(), now = new Date(), base }: Partial<FeatureContext> = {},
): Promise<ImageDraft> {
  let image = EMPTY_DRAFT;
  for (const feature of FEATURES) {
    image = { ...image, ...await feature.add?.(spec, image, { folder, now, base }) };
  }
  return image;
}
