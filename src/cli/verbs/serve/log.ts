/** The log of a registry: a line a call. */
import { toOneLine } from "../../../base/text.ts";
import type { CallRecord } from "../../../serve/mod.ts";
import { formatBytes, formatTime } from "../../kit/text.ts";

/** The ways to log. */
export const LOG_FORMATS = ["text", "json", "none"] as const;

/** Formats a call as a line of JSON. */
export function formatCallJson(record: CallRecord, now = new Date()): string {
  const seconds = Number(record.seconds.toFixed(6));
  return JSON.stringify({ time: now.toISOString(), ...record, seconds });
}

/** Formats a call as a line for people. */
export function formatCallLine(record: CallRecord): string {
  const { status, method, path, sent, received, seconds, problem } = record;
  const moved = Math.max(sent, received);
  const size = moved === 0 ? "" : `  ${formatBytes(moved)}`;
  const why = problem === undefined ? "" : `  ${problem}`;
  return toOneLine(`${status}  ${method} ${path}${size}  ${formatTime(seconds)}${why}`);
}
