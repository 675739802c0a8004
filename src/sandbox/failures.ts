/** The ways in which the run of a command fails. */
import { constants } from "node:os";
import { NixociError, wrapError } from "../base/errors.ts";
import { MORE_ROOM } from "./system/disk-room.ts";
import { explainOneId, GIVE_IDS } from "./system/refusal.ts";
import type { RunWay } from "./system/way.ts";

const SAYS_WHY = "what it printed says why; nothing of it is kept";

/** Returns the hint for programs that change owners, or drop rights, as package managers do. */
function suggestOwners({ refused }: RunWay): string {
  const why = `what it printed says why; if it changes owners or users: ${explainOneId(refused)}`;
  return refused.length === 0 ? `${why}; ${GIVE_IDS}` : why;
}

/** Returns the error for a command that was stopped, after so many milliseconds. */
export function tooLongError(time: number): NixociError {
  return new NixociError("LIMIT", `the command was stopped: it took more than ${time / 1000} s`, {
    hint: "allow it more time, if that is as it should be",
  });
}

/** Tells whether a command failed for a file that became larger than it may: by signal, or in its words. */
export function isTooLarge(status: number, printed: string): boolean {
  return status === 128 + constants.signals.SIGXFSZ || /: File too large$/m.test(printed);
}

/** Returns the error for a place that could not be made. */
export function brokenError(complaint: string): NixociError {
  const why = complaint || "its helper ended early";
  return new NixociError("IO", `Cannot make the place for the command: ${why}`);
}

/** Returns the error for a command that failed. @param full the folder on a disk that is full. */
export function failedError(
  status: number,
  way: RunWay,
  full: string | undefined,
): NixociError {
  const isSignal = status > 128 && status <= 192;
  const how = isSignal ? `ended by signal ${status - 128}` : `exit status ${status}`;
  if (full !== undefined) {
    const message = `${how}; no space is left on the device of ${full}`;
    return new NixociError("FAILED", message, { hint: MORE_ROOM });
  }
  return new NixociError("FAILED", how, {
    hint: ["one", "plain"].includes(way.mapping.kind) ? suggestOwners(way) : SAYS_WHY,
  });
}

/** Returns the error for a command that failed where a program of another machine was to run. */
export function foreignError(failed: NixociError, foreign: unknown): NixociError {
  const { message, hint } = wrapError(foreign, failed.message);
  return new NixociError("UNSUPPORTED", message, { cause: foreign, hint });
}
