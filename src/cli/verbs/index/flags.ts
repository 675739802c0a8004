/** The flags that the verbs of `nixoci index` share. */
import { string } from "@oclif/core/flags";
import { deliveryFlags } from "../../delivery/flags.ts";
import type { FlagValues, GlobalFlags } from "../../kit/command.ts";
import { REPEATABLE } from "../../kit/flags.ts";

/** The flags that say how the index arrives. */
export const indexFlags = deliveryFlags;

/** Their values. */
export type IndexFlags = FlagValues<typeof indexFlags> & GlobalFlags;

/** `--platform` of single images, one for each. */
export const memberPlatformFlag = string({
  ...REPEATABLE,
  summary: "Platform of a single image where its config has that wrong; given as often as there " +
    "are sources, in their order",
  helpValue: "os/arch[/variant]",
});
