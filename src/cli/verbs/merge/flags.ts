/** The flags of `nixoci merge`. */
import { deliveryFlags } from "../../delivery/flags.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { defineAllFlag, definePlatformFlag } from "../../kit/flags.ts";

const { "dest-tag": _one, ...arrivalFlags } = deliveryFlags;

/** Images keep their names, so that there is no flag for one. */
export const mergeFlags = {
  all: defineAllFlag("Take whole indexes, instead of the images for one platform"),
  platform: definePlatformFlag(),
  ...arrivalFlags,
};

/** Their values. */
export type MergeFlags = FlagValues<typeof mergeFlags> & GlobalFlags;
