/** A display of progress: where it goes, and how it is chosen. */
import type { CopyEvent } from "../../copy/events.ts";

/** The output that a display goes to: stderr, or a test's. */
export interface DisplayOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** A display at work. */
export interface ProgressDisplay {
  onEvent(event: CopyEvent): void;
  /** Ends it and gives the terminal back. With `true`, with a line that sums up. */
  stop(succeeded: boolean): void;
}

/** The words for the work: `copying` 3 blobs, and `copied` them. */
export interface ProgressWords {
  readonly doing: string;
  readonly done: string;
}

/** The values of `--progress`. */
export const PROGRESS_MODES = ["auto", "tty", "plain", "json", "none"] as const;

/** Those, and what other flags ask for: nothing at all, or notices only. */
export type DisplayMode = (typeof PROGRESS_MODES)[number] | "quiet" | "notices";
