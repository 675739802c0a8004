/** From a SPEC to an image in the making: every feature adds what the SPEC asks of it. */
import { loadGoRegExps } from "../go/regexp/regexp.ts";
import { EMPTY_DRAFT, type ImageDraft } from "./draft.ts";
import type { FeatureContext } from "./features/feature.ts";
import type { LayerSpec } from "./features/layers.ts";
import { FEATURES } from "./features/mod.ts";
import type { Spec } from "./spec/spec.ts";

function hasPerms({ perms, layers }: Pick<LayerSpec, "perms" | "layers">): boolean {
  return (perms ?? []).length > 0 ||
    (layers ?? []).some((one) => typeof one !== "string" && hasPerms(one));
}

/**
 * Drafts the image that a SPEC describes. Nothing is read from the store.
 * @throws NixociError `USAGE` for fields that do not go together, and for a wrong config.
 */
export async function draftImage(
  spec: Spec,
  { folder = process.cwd(), now = new Date(), base }: Partial<FeatureContext> = {},
): Promise<ImageDraft> {
  if (hasPerms(spec)) await loadGoRegExps();
  let image = EMPTY_DRAFT;
  for (const feature of FEATURES) {
    image = { ...image, ...await feature.add?.(spec, image, { folder, now, base }) };
  }
  return image;
}
