/** `network` and `limits`: what scripts and commands may use. */
import { defineFeature, type Kinds } from "./feature.ts";
import { defineSwitchFlag } from "./flag.ts";

/** Defines what a script may use at most. */
function defineLimits(is: Kinds) {
  return is.object({
    time: is.field(is.whole(1), "Seconds that it may take"),
    size: is.field(is.whole(1), "Bytes that it may write"),
    processes: is.field(is.whole(1), "Processes that it may have at a time"),
  }, "must be an object with time, size or processes");
}

export const powers = defineFeature((is: Kinds) => ({
  network: is.field(is.flag, "true lets scripts and commands use the network"),
  limits: is.field(defineLimits(is), "What each script or command may use at most"),
}), {
  asides: ["network", "limits"],
  flags: {
    network: defineSwitchFlag(
      { summary: "Let scripts and commands use the network" },
      (network) => ({ network }),
    ),
  },
  add: ({ network, limits }) => {
    const { time, size, processes } = limits ?? {};
    return {
      powers: {
        network: network ?? false,
        limits: {
          ...(time && { time: time * 1000 }),
          ...(size && { size }),
          ...(processes && { processes }),
        },
      },
    };
  },
});
