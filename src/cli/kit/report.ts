/** Failures, as they reach the user: one line on stderr, or one JSON value, and an exit status. */
import { codeOf, NixociError, reasonOf, sideOf } from "../../base/errors.ts";
import { getInterruptStatus } from "./interrupt.ts";
import { toOneLine } from "../../base/text.ts";

/** The form of a report. */
export interface ReportOptions {
  /** As `{"error": …}` for programs. */
  readonly json: boolean;
  /** With the chain of causes and their stacks. */
  readonly debug: boolean;
}

/** The text for stderr, and the status to exit with. */
export interface Report {
  readonly text: string;
  readonly status: number;
}

/** Makes the report of a failure: status 2 for wrong usage, the signal's after a signal, else 1. */
export function reportFailure(error: unknown, { json, debug }: ReportOptions): Report {
  const signalled = getInterruptStatus();
  const code = signalled === undefined ? codeOf(error) ?? "INTERNAL" : "CANCELLED";
  const status = signalled ?? (code === "USAGE" ? 2 : 1);
  const message = signalled === undefined ? messageOf(error) : "interrupted";
  const hint = signalled === undefined ? hintOf(error) : undefined;
  const line = json
    ? JSON.stringify({ error: { code, message, hint, side: sideOf(error) } })
    : cutLongWords(toOneLine(`nixoci: ${message}${hint === undefined ? "" : `; ${hint}`}`));
  return { text: [line, ...(debug ? listCauses(error) : [])].join("\n") + "\n", status };
}

/** Cuts words that are longer than any path, which nobody reads to their end. */
function cutLongWords(line: string): string {
  return line.replace(/\S{4200,}/g, (word) => `${word.slice(0, 200)}…${word.slice(-50)}`);
}

function messageOf(error: unknown): string {
  if (error instanceof NixociError) return error.message;
  if (!isOfTheSystem(error)) return `Unexpected failure (a bug in nixoci): ${reasonOf(error)}`;
  const { path } = error as NodeJS.ErrnoException;
  return `Cannot go on${path === undefined ? "" : `, for ${path}`}: ${reasonOf(error)}`;
}

function hintOf(error: unknown): string | undefined {
  if (error instanceof NixociError) return error.hint;
  return isOfTheSystem(error) ? undefined : "run it again with --debug to see where, and report it";
}

/** Tells whether the system said no where nobody put it into better words. */
function isOfTheSystem(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Deno's permissions, which the message names; an error of Node's has a code.
  return error.name === "NotCapable" ||
    /^E[A-Z\d]+$/.test((error as NodeJS.ErrnoException).code ?? "");
}

/** Each error of the chain with its stack; messages escaped, line by line. */
function listCauses(error: unknown): string[] {
  const lines: string[] = [];
  for (let e = error, depth = 0; e !== undefined && depth < 20; depth++) {
    const stack = e instanceof Error ? e.stack ?? String(e) : String(e);
    const label = depth === 0 ? "" : "caused by: ";
    lines.push(...(label + stack).split("\n").map((line) => "  " + toOneLine(line)));
    if (e instanceof AggregateError) {
      for (const inner of e.errors) lines.push("  one of: " + toOneLine(reasonOf(inner)));
    }
    e = e instanceof Error ? e.cause : undefined;
  }
  return lines;
}
