/** `architecture`, `os` and `variant`: what the image is for. */
import { findHostPlatform, parsePlatform, translateArchitecture } from "../../image/platform.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextFlag } from "./flag.ts";

export const platform = defineFeature((is: Kinds) => ({
  architecture: is.field(
    is.filled,
    "As Go names it (amd64, arm64 …) or Nix (x86_64, aarch64 …); by default the base's or the host's",
  ),
  arch: is.field(is.filled, "nix2container's name for architecture"),
  os: is.field(is.filled, "linux by default"),
  variant: is.field(is.filled, "Of the architecture: v7, v8 …"),
}), {
  flags: {
    platform: defineTextFlag({
      summary: "What it is for; by default what its base is for, or this machine",
      helpValue: "[os/]arch[/variant]",
    }, (text) => {
      const { os, architecture, variant } = parsePlatform(text);
      return { os, architecture, variant };
    }),
  },
  add: (asked, image, { base }) => {
    const below = base?.architecture ? base : findHostPlatform();
    const named = translateArchitecture(asked.architecture ?? asked.arch ?? below.architecture!);
    const { architecture } = named;
    const variant = asked.variant ?? named.variant ??
      (architecture === below.architecture ? below.variant : undefined);
    const version = base?.["os.version"];
    return {
      config: {
        ...image.config,
        architecture,
        ...(variant && { variant }),
        os: asked.os ?? base?.os ?? "linux",
        ...(version && { "os.version": version }),
      },
    };
  },
});
