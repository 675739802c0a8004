/** Says in lines what a unit loses, for builds and for those who are strict. */
import type { UnitReport } from "./types.ts";

/**
 * Lists what is changed or not had, a clause for each assignment, with its place:
 * `/u/a.service:4: PrivateTmp= is not had: the container is the sandbox`. Values are not shown.
 */
export function listUnitNotices({ assignments, strayLines }: UnitReport): string[] {
  const lost = assignments.filter(({ fate }) => fate !== "kept").map(
    ({ path, line, name, fate, note }) => `${path}:${line}: ${name}= is ${fate}: ${note}`,
  );
  const stray = strayLines.map(({ path, line }) => `${path}:${line}: it is not an assignment`);
  return [...lost, ...stray];
}
