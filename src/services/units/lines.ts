/** Reads the lines of a unit file as systemd does (conf-parser.c, systemd.syntax(7)). */
import { NixociError } from "../../base/errors.ts";
import type { Assignment, UnitText } from "./types.ts";

/** The assignments of a unit file, and its other lines. */
export interface UnitLines {
  readonly assignments: readonly Assignment[];
  /** The numbers of lines without `=`, before any section, or without a name. */
  readonly stray: readonly number[];
}

/** In characters: systemd's own limit of a line. */
const LONGEST = 1024 * 1024;

/** Blanks of systemd: not what JavaScript thinks blank. */
const OUTER_BLANKS = /^[ \t\n\r]+|[ \t\n\r]+$/g;

/**
 * Reads the assignments of a unit file. A backslash at the end of a line joins it to the next by a
 * space; comment lines in between are passed over, an empty line ends it.
 * @throws NixociError `MALFORMED` for a section without `]`, `LIMIT` for a line over 1 MiB.
 */
export function readAssignments({ path, text }: UnitText): UnitLines {
  const assignments: Assignment[] = [];
  const stray: number[] = [];
  let section = "";
  for (const { line, text: joined } of joinLines(path, text)) {
    const trimmed = trimBlanks(joined);
    if (trimmed === "") continue;
    if (trimmed.startsWith("[")) {
      if (!trimmed.endsWith("]")) throw sectionError(path, line);
      section = trimmed.slice(1, -1);
      continue;
    }
    const at = trimmed.indexOf("=");
    if (at < 1 || section === "") {
      stray.push(line);
      continue;
    }
    const [name, value] = [trimBlanks(trimmed.slice(0, at)), trimBlanks(trimmed.slice(at + 1))];
    assignments.push({ path, line, section, name, value });
  }
  return { assignments, stray };
}

/** Removes systemd's blanks from both ends. */
function trimBlanks(text: string): string {
  return text.replace(OUTER_BLANKS, "");
}

function sectionError(path: string, line: number): NixociError {
  return new NixociError("MALFORMED", `${path}:${line}: the section's name has no ] at its end`);
}

/** Joins continued lines, and leaves comments out. */
function* joinLines(path: string, text: string): Iterable<{ line: number; text: string }> {
  let begun: { line: number; text: string } | undefined;
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n\r|[\n\r\0]/);
  for (const [i, each] of lines.entries()) {
    if (/^[ \t\n\r]*[#;]/.test(each)) continue;
    const { line, text: before } = begun ?? { line: i + 1, text: "" };
    const joined = before + each;
    if (joined.length > LONGEST) {
      throw new NixociError("LIMIT", `${path}:${line}: the line is longer than 1 MiB`);
    }
    begun = undefined;
    if (isContinued(joined)) begun = { line, text: `${joined.slice(0, -1)} ` };
    else yield { line, text: joined };
  }
  if (begun !== undefined) yield begun;
}

/** Tells whether the text ends with a backslash that is not itself escaped. */
function isContinued(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}
