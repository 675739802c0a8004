/** The values of the flags of `nixoci sync`. */
import type { FlagValues } from "../../kit/command.ts";
import type { DisplayMode } from "../../progress/display.ts";
import type { choiceFlags } from "./command.ts";

/** The flags that say which images of a SOURCE are meant. */
export type SyncChoice = Partial<FlagValues<typeof choiceFlags>>;

/** All of them. */
export interface SyncFlags extends SyncChoice {
  readonly scoped?: boolean;
  readonly all?: boolean;
  readonly "dry-run"?: boolean;
  readonly parallel?: number | undefined;
  readonly jobs?: number | undefined;
  readonly shard?: string | undefined;
  readonly watch?: boolean;
  readonly every?: string | undefined;
  readonly metrics?: string | undefined;
  readonly kubernetes?: string | undefined;
  readonly tmpdir?: string | undefined;
  readonly progress: DisplayMode;
}
