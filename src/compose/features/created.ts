/** `created`: when the image was made. */
import type { LayerStyle } from "../../recipe/mod.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextFlag } from "./flag.ts";
import { readSpecTime } from "./time.ts";

const CREATED: Readonly<Record<LayerStyle, string>> = {
  dockertools: "1970-01-01T00:00:01Z",
  nix2container: "0001-01-01T00:00:00Z",
};

export const created = defineFeature((is: Kinds) => ({
  created: is.field(
    is.time,
    'When the image was made, or "now"; by default 1970-01-01T00:00:01Z ' +
      "(0001-01-01T00:00:00Z in style nix2container)",
  ),
}), {
  flags: {
    created: defineTextFlag(
      { summary: 'When it was made, in ISO 8601, or "now"' },
      (created) => ({ created }),
    ),
  },
  add: ({ created }, image, { now }) => ({
    config: { ...image.config, created: readSpecTime(created ?? CREATED[image.style], now) },
  }),
});
