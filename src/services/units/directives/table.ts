/** The one table of directives: the reader, the report and docs/units.md are made from it. */
import { ABSENT_DIRECTIVES } from "./absent.ts";
import { CONDITION_DIRECTIVES } from "./conditions.ts";
import type { Directive } from "./directive.ts";
import { END_DIRECTIVES } from "./ends.ts";
import { PROCESS_DIRECTIVES } from "./process.ts";
import { RELATION_DIRECTIVES } from "./relations.ts";
import { RUN_DIRECTIVES } from "./run.ts";
import { SURROUNDING_DIRECTIVES } from "./surroundings.ts";

/** All directives of services, in the order of the documentation. */
export const DIRECTIVES: readonly Directive[] = [
  ...RELATION_DIRECTIVES,
  ...CONDITION_DIRECTIVES,
  ...RUN_DIRECTIVES,
  ...END_DIRECTIVES,
  ...PROCESS_DIRECTIVES,
  ...SURROUNDING_DIRECTIVES,
  ...ABSENT_DIRECTIVES,
];

const BY_NAME: ReadonlyMap<string, Directive> = new Map(
  DIRECTIVES.flatMap((directive) =>
    directive.names.map((name) => [`${directive.section}.${name}` as string, directive] as const)
  ),
);

/** Finds a directive by its section and name. */
export function findDirective(section: string, name: string): Directive | undefined {
  return BY_NAME.get(`${section}.${name}`);
}
