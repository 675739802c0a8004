/**
 * Progress on a terminal: a block of lines at its bottom, one for each layer on its way and one
 * for the whole, redrawn in place ten times a second; layers that are done scroll up above it.
 */
import {
  cutToWidth,
  formatFinishedLine,
  formatMovingLine,
  formatSummaryLine,
  formatTotalLine,
  isWorthALine,
  type LineStyle,
} from "./lines.ts";
import type { DisplayOutput, ProgressDisplay, ProgressWords } from "./display.ts";
import { formatNoticeLine } from "../kit/held-notices.ts";
import { createProgressState, type ProgressState } from "./state.ts";

const FRAME_MS = 100;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_TO_END = "\x1b[J";

export function createTtyProgress(
  output: DisplayOutput,
  style: LineStyle,
  { done }: ProgressWords,
): ProgressDisplay {
  const state = createProgressState();
  const began = performance.now();
  const block = createLiveBlock(output);
  /** Lines that stay, to be written above the block with the next frame. */
  let above: string[] = [];
  const draw = (): void => {
    block.draw(above, formatLiveLines(state, performance.now(), output, style));
    above = [];
  };
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();
  // However the process ends, the cursor must not stay hidden.
  process.once("exit", block.close);
  return {
    onEvent(event) {
      const finished = state.apply(event);
      if (event.type === "notice") above.push(formatNoticeLine(event.message));
      if (finished?.how === "moved" && isWorthALine(finished.kind)) {
        above.push(formatFinishedLine(finished));
      }
    },
    stop(succeeded) {
      clearInterval(timer);
      process.off("exit", block.close);
      const seconds = (performance.now() - began) / 1000;
      if (succeeded) above.push(formatSummaryLine(state, seconds, done));
      block.draw(above, []);
      block.close();
    },
  };
}

/** Formats the block's lines: as many of the layers on their way as the terminal has rows for. */
export function formatLiveLines(
  state: ProgressState,
  now: number,
  { columns = 80, rows = 24 }: Pick<DisplayOutput, "columns" | "rows">,
  style: LineStyle,
): string[] {
  // The last column stays free: a terminal that writes there may wrap.
  const width = Math.max(1, columns - 1);
  const moving = [...state.active.values()].filter(({ kind }) => isWorthALine(kind));
  const made = new Set(state.making.values());
  const room = Math.max(0, rows - 2);
  const all = [...made, ...moving];
  const shown = all.length <= room ? all : all.slice(0, Math.max(0, room - 1));
  const hidden = all.length - shown.length;
  return [
    ...shown.map((one) =>
      formatMovingLine(one, now, width, style, made.has(one) ? "packing" : one.kind)
    ),
    ...(hidden > 0 && room > 0 ? [cutToWidth(`and ${hidden} more`, width)] : []),
    formatTotalLine(state, width, style),
  ];
}

interface LiveBlock {
  /** Puts lines above the block for good, and the block anew below them. */
  draw(above: readonly string[], lines: readonly string[]): void;
  /** Shows the cursor again. */
  close(): void;
}

/** Lines at the bottom of a terminal that are written over each time. */
function createLiveBlock(output: DisplayOutput): LiveBlock {
  let drawn: readonly string[] = [];
  let isHidden = false;
  return {
    draw(above, lines) {
      const rows = rowsOf(drawn, output.columns ?? 80);
      const up = rows === 0 ? "" : `\x1b[${rows}A\r`;
      const hide = isHidden || lines.length === 0 ? "" : HIDE_CURSOR;
      isHidden ||= lines.length > 0;
      // One write a frame, or the terminal flickers.
      const text = [...above, ...lines].map((line) => `${line}\x1b[K\n`).join("");
      if (up + text !== "") output.write(hide + up + text + CLEAR_TO_END);
      drawn = lines;
    },
    close() {
      if (isHidden) output.write(SHOW_CURSOR);
      isHidden = false;
    },
  };
}

/** Returns the rows that lines take: terminals that became narrower have wrapped them. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
}

function widthOf(line: string): number {
  // deno-lint-ignore no-control-regex
  return line.replace(/\x1b\[[0-9;]*m/g, "").length;
}
