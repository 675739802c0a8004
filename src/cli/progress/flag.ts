/** The flag that says how progress is shown. */
import { option } from "@oclif/core/flags";
import { PROGRESS_MODES } from "./display.ts";

/** Declares `--progress`. */
export function defineProgressFlag(summary = "How to show progress on stderr") {
  return option({ options: PROGRESS_MODES })({ summary, default: "auto" as const });
}
