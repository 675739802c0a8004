/** A directive of unit files: which it is, what becomes of it, and how its value is read. */
import type { UnitDraft } from "../draft.ts";
import type { ExpandText } from "../specifiers.ts";
import type { Assignment, LineFate, Verdict } from "../types.ts";

/** The sections that services have. */
export type Section = "Unit" | "Service" | "Install";

/** Facts that are known where a value is read. */
export interface ReadingContext {
  readonly assignment: Assignment;
  readonly expand: ExpandText;
}

/** Directives that are alike. One is a list where each assignment adds to those before. */
export interface Directive {
  readonly section: Section;
  readonly names: readonly string[];
  /** The fate of all of them; of single values it may be worse. */
  readonly fate: LineFate;
  /** A clause for the documentation, and for the report where nothing more is known. */
  readonly says: string;
  /** Each assignment adds to the ones before; an empty one takes them back. */
  readonly isList?: boolean;
  /** Tells of a directive without `read` whether a value asks for nothing, so that nothing is lost. */
  isIdle?(value: string): boolean;
  /** An empty value sets a single value back, which systemd ignores for most of them. */
  readonly resets?: boolean;
  /** A value that cannot be read makes the whole unit fail. */
  readonly isFatal?: boolean;
  /**
   * Puts a value into the settings; it is empty only where that sets something back.
   * @throws InvalidValue for a value that systemd would ignore
   */
  read?(value: string, draft: UnitDraft, context: ReadingContext): Verdict | void;
}

/** Splits a table's names. */
export function splitNames(names: string): string[] {
  return names.trim().split(/\s+/);
}

/** Returns what a directive without a `read` becomes. */
export function verdictOf({ fate, says, isIdle }: Directive, value: string): Verdict {
  const isKept = fate === "kept" || value === "" || isIdle?.(value) === true;
  return isKept ? { fate: "kept" } : { fate, note: says };
}
