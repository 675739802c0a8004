/** The words of the display: pure functions from the state to lines. */
import type { BlobKind } from "../../copy/events.ts";
import { formatBytes, formatCount, formatTime, shortenDigest } from "../kit/text.ts";
import type { Finished, Moving, ProgressState } from "./state.ts";

/** The means that lines may use. */
export interface LineStyle {
  readonly colour: boolean;
  readonly unicode: boolean;
}

// The least room in which a bar says anything.
const MIN_BAR = 10;
const MAX_BAR = 40;

const BARS = { unicode: ["━", "─"], ascii: ["=", "-"] } as const;

/** A blob on its way: its name, a bar where there is room for one, bytes and rate. */
export function formatMovingLine(
  { kind, descriptor: { digest, size }, bytes, since }: Moving,
  now: number,
  columns: number,
  style: LineStyle,
  doing: string = kind,
): string {
  const speed = now > since ? bytes / (now - since) * 1000 : 0;
  const name = `${doing} ${shortenDigest(digest)}`;
  const numbers = `${formatBytes(bytes).padStart(7)} of ${formatBytes(size).padStart(7)}` +
    `  ${formatBytes(speed).padStart(7)}/s`;
  const room = Math.min(MAX_BAR, columns - name.length - numbers.length - 5);
  if (room < MIN_BAR) return cutToWidth(`${name}  ${numbers}`, columns);
  return `${name}  ${formatBar(size === 0 ? 1 : bytes / size, room, style)}  ${numbers}`;
}

function formatBar(part: number, width: number, { colour, unicode }: LineStyle): string {
  const [full, empty] = unicode ? BARS.unicode : BARS.ascii;
  const filled = Math.round(Math.min(1, Math.max(0, part)) * width);
  const done = full.repeat(filled);
  const rest = empty.repeat(width - filled);
  return colour ? `\x1b[36m${done}\x1b[39m\x1b[2m${rest}\x1b[22m` : done + rest;
}

/**
 * Formats the whole: blobs, bytes, rate and time left; before the plan is known, what is packed or
 * written so far.
 */
export function formatTotalLine(state: ProgressState, columns: number, style: LineStyle): string {
  const parts = state.isPlanned ? formatPlanParts(state) : formatEarlyParts(state);
  const line = cutToWidth(parts.join("  "), columns);
  return style.colour ? `\x1b[1m${line}\x1b[22m` : line;
}

function formatPlanParts(state: ProgressState): string[] {
  const { blobs, bytes } = state;
  const left = state.remaining();
  return [
    `total ${blobs.done} of ${formatCount(blobs.all, "blob")}`,
    `${formatBytes(bytes.done)} of ${formatBytes(bytes.all)}`,
    `${formatBytes(state.rate())}/s`,
    ...(left === undefined || bytes.done === bytes.all ? [] : [`${formatTimeLeft(left)} left`]),
  ];
}

/** Layers that are packed, or made in their place, move already while others are not yet known. */
function formatEarlyParts(state: ProgressState): string[] {
  const { packed, bytes, blobs } = state;
  const rate = `${formatBytes(state.rate())}/s`;
  const there = blobs.done > 0 ? [`${formatCount(blobs.done, "blob")} there`] : [];
  if (packed.bytes > 0) {
    const layers = `packed ${formatCount(packed.layers, "layer")}`;
    return [layers, `${formatBytes(packed.bytes)} read`, rate, ...there];
  }
  return [
    ...bytes.moved > 0 ? [`written ${formatBytes(bytes.moved)}`, rate] : ["preparing"],
    ...there,
  ];
}

/** Formats an estimate, in whole seconds: it is not better known. */
function formatTimeLeft(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : formatTime(seconds);
}

/** Formats a blob that has moved, or been packed. */
export function formatFinishedLine({ kind, how, descriptor, since, until }: Finished): string {
  const { digest, size } = descriptor;
  // Packing is first heard of after a moment: what takes less has no time that is known.
  const took = until === since ? "" : ` in ${formatTime((until - since) / 1000)}`;
  return `${how === "packed" ? "packing" : kind} ${shortenDigest(digest)}  ${
    formatBytes(size).padStart(7)
  }  done${took}`;
}

/** Formats the last line. @param seconds that it took. */
export function formatSummaryLine(
  { ways, bytes }: ProgressState,
  seconds: number,
  done: string,
): string {
  const others = [
    ...(ways.exists > 0 ? [`${ways.exists} there before`] : []),
    ...(ways.mounted > 0 ? [`${ways.mounted} mounted`] : []),
  ];
  const aside = others.length > 0 ? ` (${others.join(", ")})` : "";
  const moved = `${formatCount(ways.moved, "blob")}, ${formatBytes(bytes.moved)}`;
  return `${done} ${moved} in ${formatTime(seconds)}${aside}`;
}

/** Configs and manifests are small and many: they show in the total only. */
export function isWorthALine(kind: BlobKind): boolean {
  return kind === "layer" || kind === "blob";
}

/** Cuts the line to the columns. All lines of the display are plain ASCII but for bars. */
export function cutToWidth(line: string, columns: number): string {
  return line.length <= columns ? line : line.slice(0, Math.max(0, columns));
}
