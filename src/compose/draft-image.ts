/** From a SPEC to an image in the making: every feature adds what the SPEC asks of it. */
import type { ImageDraft } from "./draft.ts";
import type { FeatureContext } from "./features/feature.ts";
import { FEATURES } from "./features/mod.ts";
import type { Spec } from "./spec/spec.ts";

/** An image before any feature has been asked. */
const NOTHING: ImageDraft = {
  style: "dockertools",
  name: undefined,
  tag: undefined,
  config: {},
  command: undefined,
  annotations: undefined,
  mentions: [],
  files: {},
  explicit: [],
  own: {
    at: "",
    deps: [],
    copyToRoot: [],
    perms: [],
    maxLayers: 1,
    ignore: undefined,
    history: undefined,
  },
  strategy: "popularity",
  pipeline: undefined,
  includeStorePaths: true,
  top: [],
  store: { root: "/", descriptions: [] },
};

/**
 * Drafts the image that a SPEC describes. Nothing is read from the store.
 * @throws NixociError `USAGE` for fields that do not go together, and for a wrong config.
 */
export async function draftImage(
  spec: Spec,
  { folder = process.cwd(), now = new Date(), base }: Partial<FeatureContext> = {},
): Promise<ImageDraft> {
  let image = NOTHING;
  for (const feature of FEATURES) {
    image = { ...image, ...await feature.add?.(spec, image, { folder, now, base }) };
  }
  return image;
}
