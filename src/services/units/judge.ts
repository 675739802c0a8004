/** Judges the assignments of a unit, one after the other, as systemd takes them in. */
import { type Directive, verdictOf } from "./directives/directive.ts";
import { findDirective } from "./directives/table.ts";
import type { UnitDraft } from "./draft.ts";
import type { ExpandText } from "./specifiers.ts";
import type { Assignment, JudgedAssignment, Verdict } from "./types.ts";
import { InvalidValue } from "./words.ts";

/** Puts the assignments into the settings, and returns each with its fate, in their order. */
export function judgeAssignments(
  assignments: readonly Assignment[],
  draft: UnitDraft,
  expand: ExpandText,
): JudgedAssignment[] {
  const verdicts = assignments.map((assignment) => judgeAssignment(assignment, draft, expand));
  const replaced = findReplaced(assignments, verdicts);
  return assignments.map((assignment, i) => {
    const by = replaced.get(assignment);
    const note = by &&
      `${by.path === assignment.path ? "line " : `${by.path}:`}${by.line} replaces it`;
    return { ...assignment, ...(note === undefined ? verdicts[i]! : { fate: "kept", note }) };
  });
}

function judgeAssignment(
  assignment: Assignment,
  draft: UnitDraft,
  expand: ExpandText,
): Verdict {
  const { section, name, value } = assignment;
  if (/^X-/.test(section) || /^X-/.test(name)) {
    return { fate: "kept", note: "for other programs: systemd passes over it, too" };
  }
  const directive = findDirective(section, name);
  if (directive === undefined) return { fate: "not had", note: describeUnknown(section, name) };
  if (directive.read === undefined) return verdictOf(directive, value);
  if (value === "" && !hasEmptyValue(directive)) return { fate: "kept", note: EMPTY };
  try {
    return directive.read(value, draft, { assignment, expand }) ?? { fate: "kept" };
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error;
    if (directive.isFatal) {
      draft.problems.push(`${assignment.path}:${assignment.line}: ${name}=: ${error.message}`);
    }
    return { fate: "not had", note: error.message };
  }
}

const EMPTY = "it is empty: systemd passes over it, too";

function hasEmptyValue({ isList, resets }: Directive): boolean {
  return isList === true || resets === true;
}

function describeUnknown(section: string, name: string): string {
  return ["Unit", "Service", "Install"].includes(section)
    ? `[${section}] of a service has no ${name} that is known`
    : `a service has no section [${section}]`;
}

/** Finds the assignments that later ones make void: single values by the next, lists by an empty one. */
function findReplaced(
  assignments: readonly Assignment[],
  verdicts: readonly Verdict[],
): Map<Assignment, Assignment> {
  const replaced = new Map<Assignment, Assignment>();
  const before = new Map<string | Directive, Assignment[]>();
  for (const [i, assignment] of assignments.entries()) {
    const directive = findDirective(assignment.section, assignment.name);
    if (directive?.read === undefined) continue;
    // An empty condition takes all conditions back.
    const key = directive.isList ? directive : `${assignment.section}.${assignment.name}`;
    const others = before.get(key) ?? [];
    // What systemd ignores neither replaces nor is replaced.
    if (verdicts[i]!.fate === "not had" || verdicts[i]!.note === EMPTY) continue;
    if (!directive.isList || assignment.value === "") {
      for (const other of others.splice(0)) replaced.set(other, assignment);
    }
    before.set(key, [...others, assignment]);
  }
  return replaced;
}
