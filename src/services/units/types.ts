/** The plain values of systemd units: their texts, their assignments, and what becomes of each. */
import type { Service } from "../service.ts";

/** A file of a unit. */
export interface UnitText {
  /** The path of the file, for messages. */
  readonly path: string;
  readonly text: string;
}

/** A unit, with the files that change it. */
export interface Unit extends UnitText {
  /** With its suffix, and the instance of a template: `nginx.service`, `getty@tty1.service`. */
  readonly name: string;
  /** Other names of the unit, from links to it. */
  readonly aliases?: readonly string[];
  /** Files of `nginx.service.d`, in the order in which they are applied. */
  readonly dropIns?: readonly UnitText[];
}

/** A line `Name=value` of a unit. */
export interface Assignment {
  readonly path: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly section: string;
  readonly name: string;
  /** Continuation lines are joined. */
  readonly value: string;
}

/**
 * The fate of an assignment: `kept`, the service does as it says; `changed`, it does something else
 * that the note tells; `not had`, it is without effect.
 */
export type LineFate = "kept" | "changed" | "not had";

/** The fate of an assignment, in what way. */
export interface Verdict {
  readonly fate: LineFate;
  /** A clause for people; always there unless the assignment is simply kept. */
  readonly note?: string;
}

/** An assignment with its fate. */
export type JudgedAssignment = Assignment & Verdict;

/** The fate of all that a unit's files say. */
export interface UnitReport {
  readonly unit: string;
  /** Each assignment once, in the order of the files and lines. */
  readonly assignments: readonly JudgedAssignment[];
  /** Lines that are not assignments, and that systemd passes over with a warning, too. */
  readonly strayLines: readonly { readonly path: string; readonly line: number }[];
  /** Reasons why no service can be made of the unit. */
  readonly problems: readonly string[];
}

/** A unit as it was read. */
export interface ReadUnit {
  /** There unless the report has problems. */
  readonly service?: Service;
  readonly report: UnitReport;
}
