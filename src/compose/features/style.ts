/** `style`: whose bytes and defaults the image has. */
import type { LayerStyle } from "../../recipe/mod.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineChoiceFlag } from "./flag.ts";

const STYLES = ["dockertools", "nix2container"] as const satisfies readonly LayerStyle[];

export const style = defineFeature((is: Kinds) => ({
  style: is.field(
    is.oneOf(STYLES, "must be dockertools or nix2container"),
    "Whose bytes and defaults: dockertools (the default) or nix2container",
  ),
}), {
  flags: {
    style: defineChoiceFlag(
      STYLES,
      { summary: "Whose bytes and defaults; dockertools by default" },
      (style) => ({ style }),
    ),
  },
  add: ({ style }, { style: usual, traits }) => {
    const own = style ?? usual;
    return { style: own, traits: { ...traits, namesAsGiven: own === "dockertools" } };
  },
});
