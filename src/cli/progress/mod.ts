/** The display of a copy's progress: on a terminal, in a log, for programs, or none. */
import type { Notice } from "../../base/notices.ts";
import type { DisplayMode, DisplayOutput, ProgressDisplay, ProgressWords } from "./display.ts";
import { createJsonProgress } from "./json.ts";
import { formatNoticeLine, holdNotices } from "../kit/held-notices.ts";
import { createPlainProgress } from "./plain.ts";
import { createTtyProgress } from "./tty.ts";

const COPYING: ProgressWords = { doing: "copying", done: "copied" };
/** Of verbs that read images, and put them nowhere. */
export const READING: ProgressWords = { doing: "reading", done: "read" };

/**
 * Shows the work's progress, and how it ended; gives the terminal back whatever happens.
 * @param words what the work is called, where it copies nothing.
 */
export async function withProgress<T>(
  mode: DisplayMode,
  work: (onEvent: ProgressDisplay["onEvent"]) => Promise<T>,
  words: ProgressWords = COPYING,
): Promise<T> {
  const progress = beginProgress(mode, process.stderr, process.env, words);
  let succeeded = false;
  try {
    const result = await work(progress.onEvent);
    succeeded = true;
    return result;
  } finally {
    progress.stop(succeeded);
  }
}

/** Shows the display for the mode; `auto` draws on a terminal and writes lines to anything else. */
export function beginProgress(
  mode: DisplayMode,
  output: DisplayOutput = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
  words: ProgressWords = COPYING,
): ProgressDisplay {
  switch (mode === "auto" ? chooseMode(output, env) : mode) {
    case "tty":
      return createTtyProgress(output, styleOf(output, env), words);
    case "json":
      return createJsonProgress(output);
    case "none":
      return noticesOfFailure(output);
    case "quiet":
      return noticesOfFailure(output, (code) => code === "OUTPUT");
    case "notices":
      return createNoticeDisplay(output);
    default:
      return createPlainProgress(output, words);
  }
}

/** Shows the last of these notices only when the work has failed: then they may say why. */
function noticesOfFailure(
  output: DisplayOutput,
  isWanted: (code: Notice["code"]) => boolean = () => true,
): ProgressDisplay {
  const held = holdNotices();
  return {
    onEvent(event) {
      if (event.type === "notice" && isWanted(event.code)) held.add(event.message);
    },
    stop(succeeded) {
      if (!succeeded) held.writeTo(output);
    },
  };
}

function createNoticeDisplay(output: DisplayOutput): ProgressDisplay {
  return {
    onEvent(event) {
      if (event.type === "notice") output.write(formatNoticeLine(event.message) + "\n");
    },
    stop: () => {},
  };
}

function chooseMode(output: DisplayOutput, env: NodeJS.ProcessEnv): "tty" | "plain" {
  const draws = output.isTTY && !env.CI && env.TERM !== "dumb";
  return draws ? "tty" : "plain";
}

/** @see https://no-color.org */
function styleOf(
  output: DisplayOutput,
  env: NodeJS.ProcessEnv,
): { colour: boolean; unicode: boolean } {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return {
    colour: output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    unicode: /utf-?8/i.test(locale),
  };
}
