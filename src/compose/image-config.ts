/** The config of the image that is built, but for its layers. */
import { hostPlatform } from "../image/platform.ts";
import type { ConfigJson } from "../image/schemas.ts";
import type { Plan } from "../plan/mod.ts";
import { overlayRunConfig, type RunConfig } from "../image/run-config.ts";
import type { Shape } from "./shape.ts";

/** The shape's config over the base's, if there is one. */
export function imageConfig(shape: Shape, base: ConfigJson | undefined): Plan["config"] {
  const { created, inherit, config } = shape;
  const { os, architecture, variant } = platformOf(shape, base);
  const run = overlayRunConfig((base?.config ?? {}) as RunConfig, config, inherit);
  const version = base?.["os.version"];
  const author = inherit === "all" ? base?.author : undefined;
  return {
    created,
    ...(typeof author === "string" && { author }),
    architecture,
    ...(variant && { variant }),
    os,
    ...(version && { "os.version": version }),
    config: run,
  };
}

function platformOf(shape: Shape, base: ConfigJson | undefined) {
  const host = base?.architecture ? { ...base, variant: base.variant } : hostPlatform();
  const architecture = shape.platform.architecture ?? host.architecture!;
  const same = architecture === host.architecture;
  const variant = shape.platform.variant ?? (same ? host.variant : undefined);
  return { os: shape.platform.os ?? base?.os ?? "linux", architecture, variant };
}
