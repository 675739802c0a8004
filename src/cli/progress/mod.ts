/** The display of a copy's progress: on a terminal, in a log, for programs, or none. */
import type { CopyEvent } from "../../copy/events.ts";
import { jsonProgress } from "./json.ts";
import { noticeLine } from "./lines.ts";
import { plainProgress } from "./plain.ts";
import { ttyProgress } from "./tty.ts";

/** Where the display goes: stderr, or a test's ears. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** A display at work. */
export interface Progress {
  onEvent(event: CopyEvent): void;
  /** Ends it and gives the terminal back. With `true`, with a line that sums up. */
  stop(succeeded: boolean): void;
}

export const PROGRESS_MODES = ["auto", "tty", "plain", "json", "none"] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** Shows the work's progress, and how it ended; gives the terminal back whatever happens. */
export async function withProgress<T>(
  mode: ProgressMode | "notices",
  work: (onEvent: Progress["onEvent"]) => Promise<T>,
): Promise<T> {
  const progress = startProgress(mode);
  let succeeded = false;
  try {
    const result = await work(progress.onEvent);
    succeeded = true;
    return result;
  } finally {
    progress.stop(succeeded);
  }
}

/** The display for the mode; `auto` draws on a terminal and writes lines to anything else. */
export function startProgress(
  mode: ProgressMode | "notices",
  output: Output = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Progress {
  switch (mode === "auto" ? automatic(output, env) : mode) {
    case "tty":
      return ttyProgress(output, styleOf(output, env));
    case "json":
      return jsonProgress(output);
    case "none":
      return { onEvent: () => {}, stop: () => {} };
    case "notices":
      return noticesOnly(output);
    default:
      return plainProgress(output);
  }
}

function noticesOnly(output: Output): Progress {
  return {
    onEvent(event) {
      if (event.type === "notice") output.write(noticeLine(event.message) + "\n");
    },
    stop: () => {},
  };
}

function automatic(output: Output, env: NodeJS.ProcessEnv): "tty" | "plain" {
  const draws = output.isTTY && !env.CI && env.TERM !== "dumb";
  return draws ? "tty" : "plain";
}

/** @see https://no-color.org */
function styleOf(output: Output, env: NodeJS.ProcessEnv): { colour: boolean; unicode: boolean } {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    colour: output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    unicode: /utf-?8/i.test(locale),
  };
}
